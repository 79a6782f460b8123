//! A circuit breaker: leaves a provider alone for a while after it has failed several times in a row, then lets one
//! call find out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

pub(super) struct Breaker {
    failures_max: u32,
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    /// Set while the provider is left alone.
    until: Option<Instant>,
}

impl Breaker {
    pub(super) fn new(failures_max: u32, pause: Duration) -> Self {
        Self { failures_max, pause, state: Mutex::default() }
    }

    /// Whether it may be asked. After the pause one caller may, and the next ones when that has gone well.
    pub(super) fn lets_through(&self) -> bool {
        let mut state = self.state();
        match state.until {
            None => true,
            Some(until) if Instant::now() < until => false,
            Some(_) => {
                state.until = Some(Instant::now() + self.pause);
                true
            }
        }
    }

    pub(super) fn went_well(&self) {
        *self.state() = State::default();
    }

    pub(super) fn failed(&self) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= self.failures_max {
            state.until = Some(Instant::now() + self.pause);
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_find_out() {
        let breaker = Breaker::new(2, Duration::from_millis(20));
        breaker.failed();
        breaker.went_well();
        breaker.failed();
        assert!(breaker.lets_through(), "one failure in a row is not two");
        breaker.failed();
        assert!(!breaker.lets_through());
        std::thread::sleep(Duration::from_millis(25));
        assert!(breaker.lets_through());
        assert!(!breaker.lets_through(), "only one finds out");
        breaker.went_well();
        assert!(breaker.lets_through() && breaker.lets_through());
    }
}
