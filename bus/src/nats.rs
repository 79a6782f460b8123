//! The bus between processes, over NATS: requests in core NATS, which keeps nothing, and durable queues in
//! JetStream.

mod inbox;
mod link;
mod parts;
mod pieces;
mod pulse;
mod queue;
mod request;
mod service;
mod version;
mod wire;

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use futures::StreamExt;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::link::{Link, failed};
use self::queue::Queues;
use crate::{
    Bus, BusError, Handler, LISTENER_BACKLOG_MAX, Message, Parts, RequestError, ServeOptions, Serving, Settings, Work,
};

/// The bus over NATS. Dropping it ends all that it serves; [`Bus::drain`] does so in order.
pub struct NatsBus {
    link: Arc<Link>,
    queues: Arc<Queues>,
    stop: CancellationToken,
    servings: TaskTracker,
}

impl NatsBus {
    /// Connects to the server that the settings name, and refuses one that is too old.
    pub async fn connect(settings: &Settings) -> Result<Arc<Self>, BusError> {
        let link = Link::connect(settings).await?;
        let queues = Arc::new(Queues::new(link.clone()));
        Ok(Arc::new(Self { link, queues, stop: CancellationToken::new(), servings: TaskTracker::new() }))
    }

    /// The same serving, but one that the drain of the bus waits for.
    fn tracked(&self, serving: Serving) -> Serving {
        let Serving { stop, done } = serving;
        let done = self.servings.spawn(async move {
            // What went wrong in there was told there.
            let _ = done.await;
        });
        Serving { stop, done }
    }
}

impl Drop for NatsBus {
    fn drop(&mut self) {
        self.stop.cancel();
        self.link.closed.cancel();
    }
}

#[async_trait]
impl Bus for NatsBus {
    async fn request(&self, subject: &str, message: Message, deadline: Instant) -> Result<Message, RequestError> {
        request::request(&self.link, subject, &message, deadline).await
    }

    async fn request_parts(&self, subject: &str, message: Message, deadline: Instant) -> Result<Parts, RequestError> {
        parts::request(&self.link, subject, &message, deadline).await
    }

    async fn serve(&self, options: ServeOptions, handler: Arc<dyn Handler>) -> Result<Serving, BusError> {
        let serving = service::serve(self.link.clone(), options, handler, self.stop.child_token()).await?;
        Ok(self.tracked(serving))
    }

    async fn broadcast(&self, subject: &str, message: Message) -> Result<(), BusError> {
        let headers = wire::encode(&message.headers);
        self.link.check_size(&headers, &message.payload).map_err(failed)?;
        self.link.check().map_err(failed)?;
        self.link.send(subject.into(), None, headers, message.payload).await.map_err(failed)
    }

    async fn listen(&self, subject: &str) -> Result<mpsc::Receiver<Message>, BusError> {
        let mut told = self.link.client.subscribe(subject.to_owned()).await.map_err(failed)?;
        self.link.round_trip().await.map_err(failed)?;
        let (sender, receiver) = mpsc::channel(LISTENER_BACKLOG_MAX);
        let stop = self.stop.clone();
        tokio::spawn(async move {
            while let Some(Some(message)) = stop.run_until_cancelled(told.next()).await {
                if sender.send(link::message(message)).await.is_err() {
                    return;
                }
            }
        });
        Ok(receiver)
    }

    async fn enqueue(&self, queue: &str, id: &str, message: Message) -> Result<(), BusError> {
        self.queues.enqueue(queue, id, message).await
    }

    async fn work(&self, queue: &str, concurrency: usize, worker: Arc<dyn Work>) -> Result<Serving, BusError> {
        let serving = self.queues.clone().work(queue, concurrency, worker, self.stop.child_token()).await?;
        Ok(self.tracked(serving))
    }

    fn connected(&self) -> watch::Receiver<bool> {
        self.link.connected.subscribe()
    }

    async fn drain(&self) -> Result<(), BusError> {
        self.stop.cancel();
        self.servings.close();
        self.servings.wait().await;
        // A connection that is down has nothing more to send.
        let _ = self.link.round_trip().await;
        self.link.closed.cancel();
        self.link.inbox.disconnected();
        self.link.connected.send_replace(false);
        self.link.client.drain().await.map_err(failed)
    }
}
