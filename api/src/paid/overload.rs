//! Says no before anything is charged: when too many paid requests are in flight, and while the workers of a queue
//! are known to be busy or absent.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aipaygen_bus::RequestError;
use aipaygen_catalog::Catalog;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::observe;
use crate::settings::Settings;

/// The room for paid requests.
pub(crate) struct Overload {
    seats: Arc<Semaphore>,
    seats_max: usize,
    start: Instant,
    pause: Duration,
    /// Until when each queue is left alone, in milliseconds after `start`.
    paused_until_ms: HashMap<String, AtomicU64>,
}

impl Overload {
    pub(crate) fn new(settings: &Settings, catalog: &Catalog) -> Self {
        let queues = catalog.tools().map(|tool| (tool.queue.clone(), AtomicU64::new(0)));
        Self {
            seats: Arc::new(Semaphore::new(settings.paid_in_flight_max)),
            seats_max: settings.paid_in_flight_max,
            start: Instant::now(),
            pause: Duration::from_millis(settings.queue_pause_ms),
            paused_until_ms: queues.collect(),
        }
    }

    /// Room for one paid request more that this queue would work on; `None` if there is none now.
    pub(super) fn seat(&self, queue: &str) -> Option<OwnedSemaphorePermit> {
        if self.paused(queue) {
            return None;
        }
        let seat = self.seats.clone().try_acquire_owned().ok()?;
        observe::paid_in_flight(self.seats_max - self.seats.available_permits());
        Some(seat)
    }

    /// Remembers that a queue had no room, so that the next callers are not charged only to be refunded.
    pub(super) fn learn(&self, queue: &str, error: &RequestError) {
        match error {
            RequestError::NoResponders { .. } | RequestError::Busy { .. } => self.pause(queue),
            RequestError::DeadlineExceeded { .. } | RequestError::HandlerFailed { .. } => {}
            RequestError::TooLarge { .. } | RequestError::Disconnected => {}
        }
    }

    fn pause(&self, queue: &str) {
        if let Some(until) = self.paused_until_ms.get(queue) {
            until.fetch_max(millis(self.start.elapsed() + self.pause), Ordering::Relaxed);
        }
    }

    fn paused(&self, queue: &str) -> bool {
        let until = self.paused_until_ms.get(queue).map_or(0, |until| until.load(Ordering::Relaxed));
        millis(self.start.elapsed()) < until
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn overload(queue_pause_ms: u64) -> Overload {
        let settings = Settings { paid_in_flight_max: 2, queue_pause_ms, ..Settings::default() };
        Overload::new(&settings, &Catalog::built_in().unwrap())
    }

    #[test]
    fn no_more_than_so_many_at_once() {
        let overload = overload(0);
        let seats = [overload.seat("ping"), overload.seat("code")];
        assert!(seats.iter().all(Option::is_some));
        assert!(overload.seat("ping").is_none());
        drop(seats);
        assert!(overload.seat("ping").is_some());
    }

    #[test]
    fn a_queue_without_room_is_left_alone_for_a_while_and_the_others_are_not() {
        let overload = overload(60_000);
        overload.learn("code", &RequestError::DeadlineExceeded { subject: String::new() });
        assert!(overload.seat("code").is_some());
        overload.learn("code", &RequestError::Busy { subject: String::new() });
        assert!(overload.seat("code").is_none());
        assert!(overload.seat("ping").is_some());
    }

    #[test]
    fn the_while_passes() {
        let overload = overload(0);
        overload.learn("code", &RequestError::NoResponders { subject: String::new() });
        assert!(overload.seat("code").is_some());
    }
}
