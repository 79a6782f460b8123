//! Reading the log, from a process that appends to it or from any other.

use std::sync::Arc;

use aipaygen_events::{EventId, StreamId};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::store::{self, Access, Store};
use crate::{Head, OpenError, ReadError, Recorded, Settings, Subscription, tail};

/// The log, as far as it can be read. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) tasks: TaskTracker,
    head: watch::Receiver<u64>,
    /// Ends the tasks with the last clone.
    closing: Arc<DropGuard>,
}

impl Reader {
    /// Opens the log for reading only; the database refuses a write.
    pub async fn open(settings: &Settings) -> Result<Self, OpenError> {
        let store = store::open(settings, Access::Read).await?;
        let (reader, _head) = Self::start(store, settings);
        reader.tasks.close();
        Ok(reader)
    }

    pub(crate) fn start(store: Arc<dyn Store>, settings: &Settings) -> (Self, Arc<watch::Sender<u64>>) {
        let (head, receiver) = watch::channel(0);
        let (head, closing, tasks) = (Arc::new(head), CancellationToken::new(), TaskTracker::new());
        tasks.spawn(follow(store.clone(), settings.poll_interval(), head.clone(), closing.clone()));
        let closing = Arc::new(closing.drop_guard());
        (Self { store, tasks, head: receiver, closing }, head)
    }

    /// The events of a stream after a version; all of them after 0.
    pub async fn read(&self, stream: &StreamId, after_version: u64) -> Result<Vec<Recorded>, ReadError> {
        let events = self.store.stream(stream, after_version).await?;
        in_order(after_version, events.iter().map(|event| event.version))?;
        Ok(events)
    }

    /// The events after a position, at most so many; all of them after 0.
    pub async fn read_all(&self, after_position: u64, limit: u32) -> Result<Vec<Recorded>, ReadError> {
        let events = self.store.all(after_position, limit).await?;
        in_order(after_position, events.iter().map(|event| event.position))?;
        Ok(events)
    }

    /// The event of this identity.
    pub async fn find(&self, id: EventId) -> Result<Option<Recorded>, ReadError> {
        self.store.find(id).await
    }

    /// The end of the log.
    pub async fn head(&self) -> Result<Head, ReadError> {
        self.store.head().await
    }

    /// The events after a position, those to come included.
    #[must_use]
    pub fn subscribe(&self, after_position: u64) -> Subscription {
        Subscription::new(self.clone(), self.head.clone(), after_position)
    }

    /// Ends the subscriptions, and closes the connections once they are back: for all clones, and for the journal
    /// that this reader is of.
    pub async fn close(&self) {
        self.closing().cancel();
        self.tasks.wait().await;
        self.store.close().await;
    }

    pub(crate) fn closing(&self) -> &CancellationToken {
        self.closing.token()
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("head", &*self.head.borrow()).finish_non_exhaustive()
    }
}

/// Raises the head until the journal is closed.
async fn follow(
    store: Arc<dyn Store>,
    every: std::time::Duration,
    head: Arc<watch::Sender<u64>>,
    closing: CancellationToken,
) {
    tokio::select! {
        () = closing.cancelled() => {}
        () = tail::poll(store.clone(), every, &head) => {}
        () = store.listen(&head) => {}
    }
}

/// A number that is missing or out of order means that events are, and nothing may be built on that.
fn in_order(after: u64, numbers: impl Iterator<Item = u64>) -> Result<(), ReadError> {
    let mut last = after;
    for found in numbers {
        let expected = last + 1;
        if found != expected {
            return Err(ReadError::Gap { expected, found });
        }
        last = found;
    }
    Ok(())
}
