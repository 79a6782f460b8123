//! Works on a durable queue, whatever becomes of its server in between.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::{self, AckKind};
use futures::{FutureExt, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Queues;
use crate::nats::link::{self, failed};
use crate::{BusError, Done, Work, work};

/// A server that has nothing for us says so this often; twice as long without a word, and the queue is opened
/// again: after a restart the server may know neither our wish for messages nor the queue itself.
const IDLE_SIGN: Duration = Duration::from_secs(1);
/// The pause before the queue is opened again.
const REOPEN_PAUSE: Duration = Duration::from_millis(200);
/// Signs of life while a message is worked on, for each time that the server would wait for one.
const SIGNS_PER_WAIT: u32 = 3;

/// The workers of one process on one queue.
pub(super) struct Crew {
    queues: Arc<Queues>,
    queue: String,
    concurrency: usize,
    worker: Arc<dyn Work>,
    permits: Arc<Semaphore>,
    running: TaskTracker,
}

/// Why no more messages come from where they came from.
enum Interrupted {
    Stopped,
    Lost,
}

impl Crew {
    /// A crew that has not begun.
    pub(super) fn new(queues: Arc<Queues>, queue: &str, concurrency: usize, worker: Arc<dyn Work>) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(concurrency));
        Arc::new(Self { queues, queue: queue.to_owned(), concurrency, worker, permits, running: TaskTracker::new() })
    }

    /// Works until `stop`, then finishes what was begun.
    pub(super) async fn run(self: Arc<Self>, consumer: PullConsumer, stop: CancellationToken) {
        let mut opened = self.open(consumer).await;
        loop {
            if let Ok(messages) = opened {
                if let Interrupted::Stopped = self.consume(messages, &stop).await {
                    break;
                }
                // The server may have lost its store.
                self.queues.forget(&self.queue);
            }
            let Some(reopened) = stop.run_until_cancelled(self.reopen()).await else { break };
            opened = reopened;
        }
        self.running.close();
        self.running.wait().await;
    }

    async fn open(&self, consumer: PullConsumer) -> Result<pull::Stream, BusError> {
        // What is fetched ahead waits for its turn while the server counts its time: no more than is worked on.
        consumer
            .stream()
            .max_messages_per_batch(self.concurrency)
            .heartbeat(IDLE_SIGN)
            .messages()
            .await
            .map_err(failed)
    }

    async fn reopen(&self) -> Result<pull::Stream, BusError> {
        tokio::time::sleep(REOPEN_PAUSE).await;
        let mut connected = self.queues.link.connected.subscribe();
        // Its sender lives as long as we do.
        let _ = connected.wait_for(|connected| *connected).await;
        let opened = async { self.open(self.queues.consumer(&self.queue).await?).await }.await;
        if let Err(error) = &opened {
            tracing::warn!(queue = self.queue, %error, "a durable queue cannot be opened yet");
        }
        opened
    }

    async fn consume(self: &Arc<Self>, mut messages: pull::Stream, stop: &CancellationToken) -> Interrupted {
        while let Some(Ok(permit)) = stop.run_until_cancelled(self.permits.clone().acquire_owned()).await {
            match stop.run_until_cancelled(messages.next()).await {
                Some(Some(Ok(message))) => {
                    self.running.spawn(self.clone().attempt(message, permit));
                }
                Some(Some(Err(_)) | None) => return Interrupted::Lost,
                None => break,
            }
        }
        give_back(messages).await;
        Interrupted::Stopped
    }

    async fn attempt(self: Arc<Self>, message: jetstream::Message, _permit: OwnedSemaphorePermit) {
        let attempts = message.info().ok().and_then(|info| u64::try_from(info.delivered).ok()).unwrap_or(1);
        let (message, acker) = message.split();
        let done = self.perform(message, &acker).await;
        let kind = match done {
            Done::Acknowledge => AckKind::Ack,
            Done::Retry => AckKind::Nak(Some(self.queues.link.settings.retry_pause(attempts))),
        };
        // Unheard, the message comes again, and whoever does it twice does it once.
        let _ = acker.ack_with(kind).await;
    }

    async fn perform(&self, message: async_nats::Message, acker: &jetstream::message::Acker) -> Done {
        let sign = Duration::from_millis(self.queues.link.settings.ack_wait_ms.max(1)) / SIGNS_PER_WAIT;
        let mut work = std::pin::pin!(work::perform(self.worker.clone(), link::message(message)));
        loop {
            match tokio::time::timeout(sign, &mut work).await {
                Ok(done) => return done,
                // Unheard, the message comes again while it is worked on.
                Err(_) => drop(acker.ack_with(AckKind::Progress).await),
            }
        }
    }
}

/// What was fetched ahead is another worker's now, and at once.
async fn give_back(mut messages: pull::Stream) {
    while let Some(Some(Ok(message))) = messages.next().now_or_never() {
        // Unheard, it comes again when the server has waited long enough.
        let _ = message.ack_with(AckKind::Nak(None)).await;
    }
}
