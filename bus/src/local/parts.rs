//! A reply in parts: from the handler's channel to the requester's, both bounded, so that a slow reader slows
//! the work.

use std::time::Instant;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::service::Seat;
use crate::{Message, PARTS_IN_FLIGHT_MAX, Part, Parts, RequestError};

/// Starts the work, and the task that hands its parts over.
pub(super) fn start(seat: Seat, subject: &str, message: Message, deadline: Instant, bytes_max: usize) -> Parts {
    let cancelled = CancellationToken::new();
    let (pieces, produced) = mpsc::channel(1);
    let (sender, receiver) = mpsc::channel(PARTS_IN_FLIGHT_MAX + 1);
    let replied = seat.spawn(message, deadline, cancelled.clone(), Some(pieces));
    let relay = Relay { subject: subject.to_owned(), produced, replied, sender, bytes_max };
    tokio::spawn(relay.run(deadline, cancelled.clone()));
    Parts { receiver, cancel: cancelled.drop_guard() }
}

struct Relay {
    subject: String,
    produced: mpsc::Receiver<Bytes>,
    replied: oneshot::Receiver<Message>,
    sender: mpsc::Sender<Part>,
    bytes_max: usize,
}

impl Relay {
    async fn run(mut self, deadline: Instant, cancelled: CancellationToken) {
        // Set aside now: a reader who is behind at the deadline must still find the end after the parts.
        let end = self.sender.clone().try_reserve_owned().expect("a new channel has room");
        let outcome = tokio::select! {
            biased;
            outcome = self.relay() => outcome,
            () = cancelled.cancelled() => Err(self.cancelled(deadline)),
            () = tokio::time::sleep_until(deadline.into()) => Err(self.late()),
        };
        end.send(Part::End(outcome));
    }

    async fn relay(&mut self) -> Result<Message, RequestError> {
        let reply = loop {
            tokio::select! {
                biased;
                Some(piece) = self.produced.recv() => self.hand_over(piece).await?,
                reply = &mut self.replied => break reply,
            }
        };
        // What was sent between the last look and the reply.
        self.produced.close();
        while let Some(piece) = self.produced.recv().await {
            self.hand_over(piece).await?;
        }
        reply.ok().filter(|reply| reply.wire_bytes() <= self.bytes_max).ok_or_else(|| self.failed())
    }

    async fn hand_over(&self, piece: Bytes) -> Result<(), RequestError> {
        if piece.len() > self.bytes_max {
            return Err(self.failed());
        }
        // The requester has gone; the token tells the handler.
        self.sender.send(Part::Piece(piece)).await.map_err(|_| self.failed())
    }

    /// The token of the work is cancelled at the deadline too.
    fn cancelled(&self, deadline: Instant) -> RequestError {
        if Instant::now() < deadline { self.failed() } else { self.late() }
    }

    fn late(&self) -> RequestError {
        RequestError::DeadlineExceeded { subject: self.subject.clone() }
    }

    fn failed(&self) -> RequestError {
        RequestError::HandlerFailed { subject: self.subject.clone() }
    }
}
