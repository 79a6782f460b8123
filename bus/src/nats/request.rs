//! The requester's side: a request and its single reply.

use std::time::Instant;

use async_nats::HeaderMap;

use super::link::Link;
use super::wire::{self, Signal};
use crate::{Message, RequestError};

/// Sends a request and awaits its reply.
pub(super) async fn request(
    link: &Link,
    subject: &str,
    message: &Message,
    deadline: Instant,
) -> Result<Message, RequestError> {
    offer(link, || attempt(link, subject, message, deadline)).await
}

/// What meets a busy worker is offered to the group again: another member may be free.
pub(super) async fn offer<T, F>(link: &Link, attempt: impl Fn() -> F) -> Result<T, RequestError>
where
    F: Future<Output = Result<T, RequestError>>,
{
    for _ in 0..link.settings.busy_retries_max {
        match attempt().await {
            Err(RequestError::Busy { .. }) => {}
            outcome => return outcome,
        }
    }
    attempt().await
}

async fn attempt(link: &Link, subject: &str, message: &Message, deadline: Instant) -> Result<Message, RequestError> {
    let headers = headers(link, subject, message, deadline, false)?;
    let (address, mut signals) = link.inbox.await_reply();
    // Only now: a connection that goes down from here on is told to the address.
    link.check()?;
    let exchange = async {
        let sending = link.send(subject.into(), Some(link.subject(&address)), headers, message.payload.clone());
        tokio::select! {
            biased;
            signal = &mut signals => return Ok(signal),
            sent = sending => sent?,
        }
        Ok(signals.await)
    };
    match tokio::time::timeout_at(deadline.into(), exchange).await {
        Ok(Ok(Ok(Signal::Reply { message, .. }))) => Ok(message),
        Ok(Ok(Ok(signal))) => Err(refusal(subject, &signal)),
        Ok(Ok(Err(_))) => Err(RequestError::HandlerFailed { subject: subject.to_owned() }),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(RequestError::DeadlineExceeded { subject: subject.to_owned() }),
    }
}

/// The headers of a request that can be sent; an error if it cannot.
pub(super) fn headers(
    link: &Link,
    subject: &str,
    message: &Message,
    deadline: Instant,
    in_parts: bool,
) -> Result<HeaderMap, RequestError> {
    let left = deadline.saturating_duration_since(Instant::now());
    let headers = wire::request_headers(&message.headers, left, in_parts);
    link.check_size(&headers, &message.payload)?;
    if left.is_zero() {
        return Err(RequestError::DeadlineExceeded { subject: subject.to_owned() });
    }
    Ok(headers)
}

/// Why there is no reply when this was heard in its place.
pub(super) fn refusal(subject: &str, signal: &Signal) -> RequestError {
    let subject = subject.to_owned();
    match signal {
        Signal::Unserved => RequestError::NoResponders { subject },
        Signal::Busy => RequestError::Busy { subject },
        Signal::Disconnected => RequestError::Disconnected,
        Signal::Failed | Signal::Silent | Signal::Working { .. } | Signal::Piece { .. } | Signal::Reply { .. } => {
            RequestError::HandlerFailed { subject }
        }
    }
}
