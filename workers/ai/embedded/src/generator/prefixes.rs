//! Remembers what the model made of the tools' fixed prompts, so that a call only reads what is new.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::states::States;

/// States by the tokens that they follow from, the most recently used last.
pub(super) struct Prefixes {
    tokens_max: usize,
    kept: Mutex<VecDeque<(Vec<u32>, Arc<States>)>>,
}

impl Prefixes {
    pub(super) fn new(tokens_max: usize) -> Self {
        Self { tokens_max, kept: Mutex::default() }
    }

    pub(super) fn get(&self, tokens: &[u32]) -> Option<Arc<States>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|(known, _)| known == tokens)?;
        let entry = kept.remove(found)?;
        let states = Arc::clone(&entry.1);
        kept.push_back(entry);
        Some(states)
    }

    /// Remembers one more, and forgets what was not used for the longest time.
    pub(super) fn keep(&self, tokens: &[u32], states: &States) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().any(|(known, _)| known == tokens) {
            return;
        }
        kept.push_back((tokens.to_vec(), Arc::new(states.clone())));
        let mut total: usize = kept.iter().map(|(_, states)| states.len()).sum();
        while total > self.tokens_max
            && let Some((_, dropped)) = kept.pop_front()
        {
            total = total.saturating_sub(dropped.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_the_longest_time_is_forgotten() {
        let prefixes = Prefixes::new(4);
        let mut two = States::new(1);
        two.advance(2);
        prefixes.keep(&[1], &two);
        prefixes.keep(&[2], &two);
        assert!(prefixes.get(&[1]).is_some());
        prefixes.keep(&[3], &two);
        assert!(prefixes.get(&[2]).is_none());
        assert!(prefixes.get(&[1]).is_some() && prefixes.get(&[3]).is_some());
        prefixes.keep(&[1], &two);
        assert!(prefixes.get(&[3]).is_some(), "what is known is not kept twice");
    }
}
