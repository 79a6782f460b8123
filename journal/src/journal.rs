//! The log of a process that appends to it.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aipaygen_events::Timestamp;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::store::{self, Access};
use crate::writer::{Request, Writer};
use crate::{AppendError, Appended, OpenError, Reader, Settings, StreamAppend};

/// The log: what a [`Reader`] can, and appending. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal {
    reader: Reader,
    queue: mpsc::Sender<Request>,
}

/// An append that stands in the queue. What it waits for happens whether or not it is awaited.
#[derive(Debug)]
#[must_use = "an append is not made before this has answered"]
pub struct Pending(oneshot::Receiver<Result<Appended, AppendError>>);

impl Journal {
    /// Opens the log and starts the writer. `clock` stamps what it commits.
    pub async fn open(
        settings: &Settings,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self, OpenError> {
        let store = store::open(settings, Access::Append).await?;
        let (reader, head) = Reader::start(store.clone(), settings);
        let (queue, waiting) = mpsc::channel(settings.append_queue_max);
        let writer = Writer::new(store, waiting, Arc::new(clock), head, settings);
        reader.tasks.spawn(writer.run(reader.closing().clone()));
        reader.tasks.close();
        Ok(Self { reader, queue })
    }

    /// Appends, all of it or nothing.
    pub async fn append(&self, append: Vec<StreamAppend>) -> Result<Appended, AppendError> {
        self.submit(append)?.await
    }

    /// Puts an append into the queue without waiting. The order of calls is the order of commits, so that a caller
    /// who decides the next append before this one has answered can hold a lock over the calls alone.
    pub fn submit(&self, append: Vec<StreamAppend>) -> Result<Pending, AppendError> {
        self.submit_within(append, Duration::ZERO)
    }

    /// The same for an append that nobody waits for: it may wait so long for others, to share their commit.
    pub fn submit_within(&self, append: Vec<StreamAppend>, may_wait: Duration) -> Result<Pending, AppendError> {
        let (answer, pending) = oneshot::channel();
        match self.queue.try_send(Request::new(append, Instant::now() + may_wait, answer)) {
            Ok(()) => Ok(Pending(pending)),
            Err(TrySendError::Full(_)) => Err(AppendError::Overloaded),
            Err(TrySendError::Closed(_)) => Err(AppendError::Unavailable("the journal is closed".to_owned())),
        }
    }

    /// Takes no more appends, commits those that wait, answers them, and closes the connections.
    pub async fn close(&self) {
        self.reader.close().await;
    }

    /// The reading half, for whoever must not append.
    #[must_use]
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }
}

impl Deref for Journal {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Future for Pending {
    type Output = Result<Appended, AppendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // The writer answers everything it has taken; only the end of the whole runtime stops it.
        let stopped = |_| Err(AppendError::Unavailable("the writer was stopped".to_owned()));
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or_else(stopped))
    }
}
