//! Handlers and workers that a test writes down as closures.

use std::sync::Arc;

use aipaygen_bus::{Done, Handler, Message, Request, RequestError, SharedBus, Work};
use async_trait::async_trait;
use futures::future::BoxFuture;
use tokio::sync::Semaphore;

use super::{far, soon};

struct HandleWith<F>(F);

#[async_trait]
impl<F> Handler for HandleWith<F>
where
    F: Fn(Request) -> BoxFuture<'static, Message> + Send + Sync + 'static,
{
    async fn handle(&self, request: Request) -> Message {
        (self.0)(request).await
    }
}

/// A handler that does what the closure does.
pub(crate) fn handler<F>(handle: impl Fn(Request) -> F + Send + Sync + 'static) -> Arc<dyn Handler>
where
    F: Future<Output = Message> + Send + 'static,
{
    Arc::new(HandleWith(move |request| -> BoxFuture<'static, Message> { Box::pin(handle(request)) }))
}

/// A handler that gives back what it is given.
pub(crate) fn echo() -> Arc<dyn Handler> {
    handler(async |request: Request| request.message)
}

/// Asks, with a deadline that should not be reached.
pub(crate) async fn ask(bus: &SharedBus, subject: &str, payload: &'static str) -> Result<String, RequestError> {
    let reply = soon(bus.request(subject, Message::new(payload), far())).await?;
    Ok(String::from_utf8(reply.payload.to_vec()).unwrap())
}

/// Something that handlers wait for and tests open.
#[derive(Clone)]
pub(crate) struct Gate {
    waiting: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Gate {
    /// A gate that is shut.
    pub(crate) fn shut() -> Self {
        Self { waiting: Arc::new(Semaphore::new(0)), open: Arc::new(Semaphore::new(0)) }
    }

    /// Waits in front of the gate.
    pub(crate) async fn pass(&self) {
        self.waiting.add_permits(1);
        self.open.acquire().await.unwrap().forget();
    }

    /// Returns when so many more have come to the gate.
    pub(crate) async fn reached_by(&self, many: u32) {
        soon(self.waiting.acquire_many(many)).await.unwrap().forget();
    }

    /// Whether more have come to the gate than were awaited.
    pub(crate) fn reached(&self) -> bool {
        self.waiting.available_permits() > 0
    }

    /// Lets so many pass.
    pub(crate) fn let_pass(&self, many: usize) {
        self.open.add_permits(many);
    }
}

/// A worker on a queue that does what the closure does.
pub(crate) struct Perform<F>(pub(crate) F);

#[async_trait]
impl<F> Work for Perform<F>
where
    F: Fn(Message) -> BoxFuture<'static, Done> + Send + Sync + 'static,
{
    async fn perform(&self, message: Message) -> Done {
        (self.0)(message).await
    }
}
