//! Durable queues: JetStream work-queue streams on disk, with metadata only, since a stream keeps what was
//! acknowledged in its files for a while.

mod config;
mod worker;

use std::collections::HashSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::jetstream::context::{ContextBuilder, PublishError, PublishErrorKind};
use async_nats::jetstream::{self, consumer::PullConsumer, message::PublishMessage};
use tokio_util::sync::CancellationToken;

use super::link::{Link, failed};
use super::wire;
use crate::{BusError, Message, RequestError, Serving, Work};

/// The queues that a process uses.
pub(super) struct Queues {
    link: Arc<Link>,
    jetstream: jetstream::Context,
    /// Those that the server is known to have as asked for.
    known: Mutex<HashSet<String>>,
}

impl Queues {
    /// None yet.
    pub(super) fn new(link: Arc<Link>) -> Self {
        let jetstream = ContextBuilder::new()
            .timeout(Duration::from_millis(link.settings.enqueue_timeout_ms))
            .build(link.client.clone());
        Self { link, jetstream, known: Mutex::default() }
    }

    /// Puts a message on a queue, and makes the queue if the server has none of that name.
    pub(super) async fn enqueue(&self, queue: &str, id: &str, message: Message) -> Result<(), BusError> {
        let mut connected = self.link.connected.subscribe();
        tokio::select! {
            biased;
            outcome = self.publish(queue, id, message) => outcome,
            _ = connected.wait_for(|connected| !connected) => {
                Err(BusError::NotEnqueued { queue: queue.to_owned(), source: Box::new(RequestError::Disconnected) })
            }
        }
    }

    /// Works on a queue until `stop`.
    pub(super) async fn work(
        self: Arc<Self>,
        queue: &str,
        concurrency: usize,
        worker: Arc<dyn Work>,
        stop: CancellationToken,
    ) -> Result<Serving, BusError> {
        // The first time here, so that a server that refuses is the caller's to know.
        let consumer = self.consumer(queue).await?;
        let crew = worker::Crew::new(self, queue, concurrency, worker);
        let done = tokio::spawn(crew.run(consumer, stop.clone()));
        Ok(Serving { stop, done })
    }

    /// A server that came back without its store knows the queue no more: it is made again, once.
    async fn publish(&self, queue: &str, id: &str, message: Message) -> Result<(), BusError> {
        let refused =
            |source: Box<dyn Error + Send + Sync>| BusError::NotEnqueued { queue: queue.to_owned(), source };
        self.link.check().map_err(|error| refused(Box::new(error)))?;
        self.ensure(queue).await?;
        let mut published = self.attempt(queue, id, &message).await;
        if published.as_ref().is_err_and(|error| error.kind() == PublishErrorKind::StreamNotFound) {
            self.forget(queue);
            self.ensure(queue).await?;
            published = self.attempt(queue, id, &message).await;
        }
        published.map_err(|error| refused(Box::new(error)))
    }

    async fn attempt(&self, queue: &str, id: &str, message: &Message) -> Result<(), PublishError> {
        let publish = PublishMessage::build()
            .headers(wire::encode(&message.headers))
            .payload(message.payload.clone())
            .message_id(id);
        let acknowledgement = self.jetstream.send_publish(config::subject(queue), publish).await?;
        acknowledgement.await.map(drop)
    }

    /// Makes the queue as the settings say, once, and holds the server's word against them.
    async fn ensure(&self, queue: &str) -> Result<(), BusError> {
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(queue) {
            return Ok(());
        }
        let wanted = config::stream(queue, &self.link.settings);
        let info = self.jetstream.create_or_update_stream(wanted.clone()).await.map_err(failed)?;
        config::check_stream(queue, &wanted, &info.config)?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(queue.to_owned());
        Ok(())
    }

    fn forget(&self, queue: &str) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(queue);
    }

    async fn consumer(&self, queue: &str) -> Result<PullConsumer, BusError> {
        self.ensure(queue).await?;
        let wanted = config::consumer(&self.link.settings);
        let consumer: PullConsumer =
            self.jetstream.create_consumer_on_stream(wanted.clone(), config::name(queue)).await.map_err(failed)?;
        config::check_consumer(queue, &wanted, &consumer.cached_info().config)?;
        Ok(consumer)
    }
}
