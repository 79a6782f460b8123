//! A clock that a test can put forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aipaygen_payments::Clock;

/// The machine's time, and what it was put forward by: the log stamps its events by the machine's.
#[derive(Clone, Default)]
pub(crate) struct SteppedClock(Arc<AtomicU64>);

impl SteppedClock {
    pub(crate) fn clock(&self) -> Clock {
        let (machine, ahead_ms) = (Clock::system(), Arc::clone(&self.0));
        Clock::new(move || machine.now().plus_ms(ahead_ms.load(Ordering::SeqCst)))
    }

    pub(crate) fn put_forward(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}
