//! What this process works on for others, so that they can be told that it goes on.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_nats::Subject;

/// The work in progress.
#[derive(Default)]
pub(super) struct Pulse {
    next: AtomicU64,
    works: Mutex<HashMap<u64, Work>>,
}

struct Work {
    requester: Subject,
    control: Option<Subject>,
    /// Begun since the last beat: most work ends before anybody needs a sign of life.
    young: bool,
}

/// One work in progress, until this is dropped.
pub(super) struct Beating<'a> {
    pulse: &'a Pulse,
    number: u64,
}

impl Pulse {
    /// Begins to tell a requester that its work goes on, and where it can be steered.
    pub(super) fn begin(&self, requester: Subject, control: Option<Subject>) -> Beating<'_> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.works().insert(number, Work { requester, control, young: true });
        Beating { pulse: self, number }
    }

    /// Who is to be told now.
    pub(super) fn beat(&self) -> Vec<(Subject, Option<Subject>)> {
        self.works()
            .values_mut()
            .filter_map(|work| {
                let young = std::mem::replace(&mut work.young, false);
                (!young).then(|| (work.requester.clone(), work.control.clone()))
            })
            .collect()
    }

    fn works(&self) -> MutexGuard<'_, HashMap<u64, Work>> {
        self.works.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Beating<'_> {
    fn drop(&mut self) {
        self.pulse.works().remove(&self.number);
    }
}
