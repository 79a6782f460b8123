//! The ends of charges that no caller waits for: put on the durable queue, again and again until it has them.

use std::time::{Duration, Instant};

use aipaygen_bus::SharedBus;
use aipaygen_bus::commands::{ENDS_QUEUE, End, encode};

use crate::ingress::Lasting;
use crate::observe;

/// The pause after the first failed attempt; it doubles with each further one.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// The way to the queue.
pub(crate) struct Ends {
    bus: SharedBus,
    lasting: Lasting,
    patience: Duration,
}

impl Ends {
    pub(crate) fn new(bus: SharedBus, lasting: Lasting, retry_ms_max: u64) -> Self {
        Self { bus, lasting, patience: Duration::from_millis(retry_ms_max) }
    }

    /// Sees to it that the charge gets this end. Returns at once; a shutdown waits for what is on its way.
    pub(crate) fn put(&self, end: End) {
        let (bus, deadline) = (self.bus.clone(), Instant::now() + self.patience);
        let tasks = &self.lasting.tasks;
        tasks.spawn_on(deliver(bus, end, deadline), &self.lasting.runtime);
        observe::lasting_tasks(tasks.len());
    }
}

async fn deliver(bus: SharedBus, end: End, deadline: Instant) {
    let (id, mut pause) = (end.request.to_string(), PAUSE_MIN);
    while bus.enqueue(ENDS_QUEUE, &id, encode(&end)).await.is_err() {
        if Instant::now() + pause > deadline {
            return observe::end_left_to_the_reaper(end.request);
        }
        tokio::time::sleep(pause).await;
        pause = PAUSE_MAX.min(pause * 2);
    }
}
