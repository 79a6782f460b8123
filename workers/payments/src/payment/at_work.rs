//! The payments that this process is settling just now, so that it does not do so twice at once. Another process may:
//! the contract obeys a payment once.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

use aipaygen_events::PaymentId;

/// See the module.
#[derive(Default)]
pub(crate) struct AtWork(Mutex<BTreeSet<PaymentId>>);

/// Dropped when the work is done.
pub(crate) struct Working<'a> {
    at_work: &'a AtWork,
    payment: PaymentId,
}

impl AtWork {
    /// Begins with a payment, unless somebody is at it.
    pub(crate) fn enter(&self, payment: PaymentId) -> Option<Working<'_>> {
        let is_first = self.payments().insert(payment);
        // Made only then, and with the lock let go: dropping it takes the lock again, and lets others begin.
        is_first.then(|| Working { at_work: self, payment })
    }

    fn payments(&self) -> MutexGuard<'_, BTreeSet<PaymentId>> {
        self.0.lock().expect("nothing panics while it is held")
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.at_work.payments().remove(&self.payment);
    }
}

#[cfg(test)]
mod tests {
    use aipaygen_events::Hex;

    use super::*;

    #[test]
    fn one_begins_and_the_next_one_after_it() {
        let payment = PaymentId { chain: 1, asset: Hex([1; 20]), payer: Hex([2; 20]), nonce: Hex([3; 32]) };
        let at_work = AtWork::default();
        let first = at_work.enter(payment);
        assert!(first.is_some() && at_work.enter(payment).is_none() && at_work.enter(payment).is_none());
        drop(first);
        assert!(at_work.enter(payment).is_some());
    }
}
