//! The bus within one process. Nothing of it outlives the process: what a durable queue holds when the process
//! dies is lost, and the reaper of the payments workers decides those charges in the caller's favour.

mod parts;
mod queue;
mod service;
mod topic;

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::queue::Queues;
use self::service::{Seat, Services};
use self::topic::Topics;
use crate::{Bus, BusError, Handler, Message, Parts, RequestError, ServeOptions, Serving, Settings, Work};

/// The in-process bus. Dropping it ends all that it serves.
pub struct LocalBus {
    message_bytes_max: usize,
    services: Arc<Services>,
    topics: Topics,
    queues: Queues,
    connected: watch::Sender<bool>,
    stop: CancellationToken,
    servings: TaskTracker,
}

impl LocalBus {
    /// A bus that nobody else has.
    #[must_use]
    pub fn new(settings: &Settings) -> Arc<Self> {
        Arc::new(Self {
            message_bytes_max: settings.message_bytes_max,
            services: Arc::default(),
            topics: Topics::default(),
            queues: Queues::new(settings),
            connected: watch::Sender::new(true),
            stop: CancellationToken::new(),
            servings: TaskTracker::new(),
        })
    }

    /// Refuses what NATS would refuse, so that both backends fail alike.
    fn check(&self, message: &Message) -> Result<(), RequestError> {
        let (bytes, bytes_max) = (message.wire_bytes(), self.message_bytes_max);
        if bytes > bytes_max {
            return Err(RequestError::TooLarge { bytes, bytes_max });
        }
        if *self.connected.borrow() { Ok(()) } else { Err(RequestError::Disconnected) }
    }

    /// A seat for a request that can still be answered in time.
    fn seat(&self, subject: &str, message: &Message, deadline: Instant) -> Result<Seat, RequestError> {
        self.check(message)?;
        if deadline <= Instant::now() {
            return Err(RequestError::DeadlineExceeded { subject: subject.to_owned() });
        }
        self.services.seat(subject)
    }

    /// A handler whose reply no bus would carry has failed.
    fn checked(&self, subject: &str, reply: Option<Message>) -> Result<Message, RequestError> {
        reply
            .filter(|reply| reply.wire_bytes() <= self.message_bytes_max)
            .ok_or_else(|| RequestError::HandlerFailed { subject: subject.to_owned() })
    }
}

impl Drop for LocalBus {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[async_trait]
impl Bus for LocalBus {
    async fn request(&self, subject: &str, message: Message, deadline: Instant) -> Result<Message, RequestError> {
        let seat = self.seat(subject, &message, deadline)?;
        match tokio::time::timeout_at(deadline.into(), seat.start(message, deadline)).await {
            Ok(reply) => self.checked(subject, reply),
            Err(_) => Err(RequestError::DeadlineExceeded { subject: subject.to_owned() }),
        }
    }

    async fn request_parts(&self, subject: &str, message: Message, deadline: Instant) -> Result<Parts, RequestError> {
        let seat = self.seat(subject, &message, deadline)?;
        Ok(parts::start(seat, subject, message, deadline, self.message_bytes_max))
    }

    async fn serve(&self, options: ServeOptions, handler: Arc<dyn Handler>) -> Result<Serving, BusError> {
        let stop = self.stop.child_token();
        let leave = self.services.join(&options, handler);
        let done = self.servings.spawn({
            let stop = stop.clone();
            async move {
                stop.cancelled().await;
                leave.drained().await;
            }
        });
        Ok(Serving { stop, done })
    }

    async fn broadcast(&self, subject: &str, message: Message) -> Result<(), BusError> {
        self.check(&message).map_err(|error| BusError::Failed(Box::new(error)))?;
        self.topics.broadcast(subject, &message).await;
        Ok(())
    }

    async fn listen(&self, subject: &str) -> Result<mpsc::Receiver<Message>, BusError> {
        Ok(self.topics.listen(subject))
    }

    async fn enqueue(&self, queue: &str, id: &str, message: Message) -> Result<(), BusError> {
        let refuse = |source| BusError::NotEnqueued { queue: queue.to_owned(), source };
        self.check(&message).map_err(|error| refuse(Box::new(error)))?;
        self.queues.named(queue).push(id, message).map_err(|full| refuse(Box::new(full)))
    }

    async fn work(&self, queue: &str, concurrency: usize, worker: Arc<dyn Work>) -> Result<Serving, BusError> {
        let stop = self.stop.child_token();
        let done = self.servings.spawn(queue::work(self.queues.named(queue), concurrency, worker, stop.clone()));
        Ok(Serving { stop, done })
    }

    fn connected(&self) -> watch::Receiver<bool> {
        self.connected.subscribe()
    }

    async fn drain(&self) -> Result<(), BusError> {
        self.stop.cancel();
        self.servings.close();
        self.servings.wait().await;
        self.connected.send_replace(false);
        Ok(())
    }
}
