//! Remembers which programs this process has just passed, so that a run need not check again what was
//! checked a moment before. Holds keyed digests under a key that nobody knows, and a bounded number of them.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const REMEMBERED_MAX: usize = 4096;

type Digest = [u8; 32];

/// Programs that have passed.
pub(super) struct Passed {
    key: [u8; 32],
    digests: Mutex<Digests>,
}

#[derive(Default)]
struct Digests {
    known: HashSet<Digest>,
    oldest_first: VecDeque<Digest>,
}

impl Passed {
    /// Remembers nothing yet. Without randomness for a key it never will.
    pub(super) fn new() -> Option<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).ok()?;
        Some(Self { key, digests: Mutex::default() })
    }

    pub(super) fn remember(&self, code: &str) {
        let digest = self.digest(code);
        let mut digests = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        if !digests.known.insert(digest) {
            return;
        }
        digests.oldest_first.push_back(digest);
        if digests.oldest_first.len() > REMEMBERED_MAX
            && let Some(oldest) = digests.oldest_first.pop_front()
        {
            digests.known.remove(&oldest);
        }
    }

    pub(super) fn contains(&self, code: &str) -> bool {
        let digest = self.digest(code);
        self.digests.lock().unwrap_or_else(PoisonError::into_inner).known.contains(&digest)
    }

    fn digest(&self, code: &str) -> Digest {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(code.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passed_is_known_and_nothing_else_is() {
        let passed = Passed::new().expect("the system has randomness");
        passed.remember("print(1)");
        assert!(passed.contains("print(1)"));
        assert!(!passed.contains("print(2)"));
    }

    #[test]
    fn the_oldest_is_forgotten_first_and_the_memory_is_bounded() {
        let passed = Passed::new().expect("the system has randomness");
        for n in 0..=REMEMBERED_MAX {
            passed.remember(&n.to_string());
        }
        assert!(!passed.contains("0"));
        assert!(passed.contains("1"));
        assert_eq!(passed.digests.lock().expect("nobody panicked").known.len(), REMEMBERED_MAX);
    }

    #[test]
    fn two_processes_share_no_digest() {
        let (one, other) = (Passed::new().expect("randomness"), Passed::new().expect("randomness"));
        assert_ne!(one.digest("print(1)"), other.digest("print(1)"));
    }
}
