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
        self.payments().insert(payment).then_some(Working { at_work: self, payment })
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
