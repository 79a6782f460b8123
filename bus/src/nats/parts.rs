//! The requester's side of a reply in parts: takes them in order, gives credit for more as they are read, and
//! cancels the work when they are no longer wanted.

use std::sync::Arc;
use std::time::Instant;

use async_nats::Subject;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::inbox::Address;
use super::link::Link;
use super::request::{headers, offer, refusal};
use super::wire::{Signal, Steering};
use crate::{Message, PARTS_IN_FLIGHT_MAX, Part, Parts, RequestError};

/// How many parts are read before the worker is given credit for as many more.
const CREDIT: usize = PARTS_IN_FLIGHT_MAX / 2;

/// Sends a request and returns when a worker has taken it.
pub(super) async fn request(
    link: &Arc<Link>,
    subject: &str,
    message: &Message,
    deadline: Instant,
) -> Result<Parts, RequestError> {
    offer(link, || attempt(link, subject, message, deadline)).await
}

async fn attempt(
    link: &Arc<Link>,
    subject: &str,
    message: &Message,
    deadline: Instant,
) -> Result<Parts, RequestError> {
    let headers = headers(link, subject, message, deadline, true)?;
    let (address, mut signals) = link.inbox.await_parts();
    link.check()?;
    let exchange = async {
        let sending = link.send(subject.into(), Some(link.subject(&address)), headers, message.payload.clone());
        tokio::select! {
            biased;
            signal = signals.recv() => return Ok(signal),
            sent = sending => sent?,
        }
        Ok(signals.recv().await)
    };
    match tokio::time::timeout_at(deadline.into(), exchange).await {
        Ok(Ok(Some(Signal::Working { control: Some(worker) }))) => {
            Ok(Reading { link: link.clone(), subject: subject.to_owned(), worker, signals, _address: address }
                .start(deadline))
        }
        Ok(Ok(Some(signal))) => Err(refusal(subject, &signal)),
        Ok(Ok(None)) => Err(RequestError::HandlerFailed { subject: subject.to_owned() }),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(RequestError::DeadlineExceeded { subject: subject.to_owned() }),
    }
}

struct Reading {
    link: Arc<Link>,
    subject: String,
    worker: Subject,
    signals: mpsc::Receiver<Signal>,
    _address: Address,
}

impl Reading {
    fn start(self, deadline: Instant) -> Parts {
        let cancelled = CancellationToken::new();
        // One for a part and one for the end. What is not read waits with the worker.
        let (sender, receiver) = mpsc::channel(2);
        tokio::spawn(self.run(sender, deadline, cancelled.clone()));
        Parts { receiver, cancel: cancelled.drop_guard() }
    }

    async fn run(mut self, sender: mpsc::Sender<Part>, deadline: Instant, cancelled: CancellationToken) {
        // Set aside now: a reader who is behind at the deadline must still find the end after the parts.
        let end = sender.clone().try_reserve_owned().expect("a new channel has room");
        let outcome = tokio::select! {
            biased;
            outcome = self.read(&sender) => Some(outcome),
            () = cancelled.cancelled() => None,
            () = tokio::time::sleep_until(deadline.into()) => {
                Some(Err(RequestError::DeadlineExceeded { subject: self.subject.clone() }))
            }
        };
        if !matches!(outcome, Some(Ok(_))) {
            self.link.steer(self.worker, Steering::Cancel).await;
        }
        if let Some(outcome) = outcome {
            end.send(Part::End(outcome));
        }
    }

    async fn read(&mut self, sender: &mpsc::Sender<Part>) -> Result<Message, RequestError> {
        let (mut parts, mut read) = (0_u64, 0_usize);
        loop {
            match self.signals.recv().await {
                Some(Signal::Piece { sequence, bytes }) if sequence == parts => {
                    // The reader has gone: its cancellation is on the way.
                    sender.send(Part::Piece(bytes)).await.map_err(|_| self.failed())?;
                    parts += 1;
                    read += 1;
                }
                Some(Signal::Reply { sequence, message }) if sequence == Some(parts) => return Ok(message),
                // A part is missing, or the worker is.
                Some(signal) => return Err(refusal(&self.subject, &signal)),
                None => return Err(self.failed()),
            }
            if read == CREDIT {
                self.link.steer(self.worker.clone(), Steering::Credit(std::mem::take(&mut read))).await;
            }
        }
    }

    fn failed(&self) -> RequestError {
        RequestError::HandlerFailed { subject: self.subject.clone() }
    }
}
