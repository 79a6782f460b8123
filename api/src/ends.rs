//! The ends of charges: asked for at once where a caller waits, and otherwise put on the durable queue, again and
//! again until it has them.

use std::time::{Duration, Instant};

use aipaygen_bus::commands::{ENDS_QUEUE, End, Ended, call, encode};
use aipaygen_bus::{RequestError, SharedBus};

use crate::ingress::Lasting;
use crate::observe;
use crate::settings::Settings;

/// The pause after the first failed attempt; it doubles with each further one.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// The ways to end a charge.
pub(crate) struct Ends {
    bus: SharedBus,
    lasting: Lasting,
    /// How long a caller is kept waiting for an end.
    wait: Duration,
    /// How long the queue is offered an end.
    patience: Duration,
}

impl Ends {
    pub(crate) fn new(bus: SharedBus, lasting: Lasting, settings: &Settings) -> Self {
        let wait = Duration::from_millis(settings.refund_timeout_ms);
        Self { bus, lasting, wait, patience: Duration::from_millis(settings.end_retry_ms_max) }
    }

    /// Ends the charge while a caller waits.
    pub(crate) async fn now(&self, end: &End) -> Result<Ended, RequestError> {
        call(self.bus.as_ref(), end, Instant::now() + self.wait).await
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
