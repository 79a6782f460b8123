//! Runs handlers so that neither a panic nor a deadline of one is felt by another. Both backends use it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use tokio_util::sync::CancellationToken;

use crate::{Done, Handler, Message, Request, Work};

/// The reply of a handler; `None` if it panicked. What it panicked with stays untold: it may hold a payload.
pub(crate) async fn handle(handler: Arc<dyn Handler>, request: Request) -> Option<Message> {
    let (deadline, cancelled) = (request.deadline, request.cancelled.clone());
    let work = AssertUnwindSafe(handler.handle(request)).catch_unwind();
    cancel_at(deadline, &cancelled, work).await.ok()
}

/// What becomes of a message of a queue. A panic is a retry: the message may meet a better worker.
pub(crate) async fn perform(worker: Arc<dyn Work>, message: Message) -> Done {
    AssertUnwindSafe(worker.perform(message)).catch_unwind().await.unwrap_or(Done::Retry)
}

/// Cancels the token at the deadline and then lets the work come to its own end.
async fn cancel_at<T>(deadline: Instant, token: &CancellationToken, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        biased;
        output = &mut work => return output,
        () = tokio::time::sleep_until(deadline.into()) => token.cancel(),
    }
    work.await
}
