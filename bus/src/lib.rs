//! Commands and their replies, between processes that share nothing else: in-process or over NATS.
//!
//! Requests and their payloads pass in memory only. What is durable here (the work queues) carries metadata
//! that could be rebuilt from the log, never a payload.

pub mod commands;
pub mod local;
pub mod models;
pub mod nats;
pub mod outbound;
pub mod page;
pub mod tool;
pub mod vault;

mod error;
mod message;
mod settings;
mod work;

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

pub use error::{BusError, RequestError};
pub use message::{Headers, Message};
pub use settings::{Backend, Settings, open};

/// How many parts of a reply may be on their way to a requester who does not take them.
pub(crate) const PARTS_IN_FLIGHT_MAX: usize = 16;
/// How many broadcasts a listener may be behind before those who tell it have to wait.
pub(crate) const LISTENER_BACKLOG_MAX: usize = 1_024;

/// The bus of a process, whichever backend carries it.
pub type SharedBus = Arc<dyn Bus>;

/// What both backends do. One contract suite runs over each.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Sends a request to one member of the queue group that serves `subject` and awaits its reply.
    ///
    /// "Nobody is listening" and "busy" come back at once; "slow" comes at the deadline.
    async fn request(&self, subject: &str, message: Message, deadline: Instant) -> Result<Message, RequestError>;

    /// The same, for a reply in parts. Dropping the [`Parts`] cancels the work within a second.
    async fn request_parts(&self, subject: &str, message: Message, deadline: Instant) -> Result<Parts, RequestError>;

    /// Serves a subject as a member of its queue group, until the returned [`Serving`] is drained.
    async fn serve(&self, options: ServeOptions, handler: Arc<dyn Handler>) -> Result<Serving, BusError>;

    /// Tells everybody who listens now. Nothing is kept for those who do not.
    async fn broadcast(&self, subject: &str, message: Message) -> Result<(), BusError>;

    /// Hears what is broadcast on a subject from now on. What is said while the connection is down is not heard:
    /// who must not miss it watches [`Bus::connected`].
    async fn listen(&self, subject: &str) -> Result<mpsc::Receiver<Message>, BusError>;

    /// Puts a metadata command on a durable queue. `id` is what must not be done twice: a repeat within the
    /// queue's window is dropped, and the worker is idempotent for the rest.
    async fn enqueue(&self, queue: &str, id: &str, message: Message) -> Result<(), BusError>;

    /// Works on a durable queue, at most `concurrency` messages at a time, until the [`Serving`] is drained.
    /// A message is done when the handler answers [`Done::Acknowledge`]; otherwise it comes again.
    async fn work(&self, queue: &str, concurrency: usize, worker: Arc<dyn Work>) -> Result<Serving, BusError>;

    /// Whether the bus is connected. Always true in one process.
    fn connected(&self) -> watch::Receiver<bool>;

    /// Stops taking part after what is on its way is sent.
    async fn drain(&self) -> Result<(), BusError>;
}

/// How a subject is served.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// What is served, such as `cmd.tool.code`. Its queue group bears the same name.
    pub subject: String,
    /// How many requests are worked on at once; the next is answered "busy" at once.
    pub concurrency: usize,
}

/// Answers the requests of a subject.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Answers one request. A panic in here is answered as a failure and stops nobody else.
    async fn handle(&self, request: Request) -> Message;
}

/// Does what a durable queue holds.
#[async_trait]
pub trait Work: Send + Sync + 'static {
    /// Does one message.
    async fn perform(&self, message: Message) -> Done;
}

/// What becomes of a message of a durable queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is done, or can never be done: take it off the queue.
    Acknowledge,
    /// It could not be done now: bring it again after a pause.
    Retry,
}

/// A request as its handler sees it.
#[derive(Debug)]
pub struct Request {
    /// Headers and payload.
    pub message: Message,
    /// When the requester stops waiting.
    pub deadline: Instant,
    /// Cancelled when the requester has gone (of a reply in parts) or the deadline has passed.
    pub cancelled: CancellationToken,
    /// Takes the parts of a streamed reply; `None` when the requester awaits a single message.
    pub parts: Option<mpsc::Sender<Bytes>>,
}

/// A reply in parts.
#[derive(Debug)]
pub struct Parts {
    /// Part after part, then the final message or why there is none; nothing after that.
    pub receiver: mpsc::Receiver<Part>,
    /// Cancels the work when the parts are no longer wanted.
    pub cancel: tokio_util::sync::DropGuard,
}

/// One piece of a reply in parts.
#[derive(Debug)]
pub enum Part {
    /// More to come.
    Piece(Bytes),
    /// The final message.
    End(Result<Message, RequestError>),
}

/// A subject or a queue that is being served.
#[derive(Debug)]
pub struct Serving {
    /// Cancelled to stop taking more.
    pub stop: CancellationToken,
    /// Ends when what was taken has been answered.
    pub done: tokio::task::JoinHandle<()>,
}

impl Serving {
    /// Takes no more, and returns when what was taken has been answered.
    pub async fn drain(self) {
        self.stop.cancel();
        // A handler's panic is caught per request; a failed join has nothing left to wait for.
        let _ = self.done.await;
    }
}
