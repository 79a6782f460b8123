//! What a backend does for the log: static SQL, and no decision.

mod postgres;
mod rows;
mod sqlite;

use std::sync::Arc;

use aipaygen_events::{EventId, StreamId};
use async_trait::async_trait;
use tokio::sync::watch;

use crate::batch::Known;
use crate::settings::Place;
use crate::{Head, OpenError, ReadError, Recorded, Settings};

/// Where the log is kept.
#[async_trait]
pub(crate) trait Store: Send + Sync {
    /// A connection of its own for the writer.
    async fn session(&self) -> Result<Box<dyn Session>, sqlx::Error>;

    /// The end of the log.
    async fn head(&self) -> Result<Head, ReadError>;

    /// The events of a stream after a version, in order.
    async fn stream(&self, stream: &StreamId, after_version: u64) -> Result<Vec<Recorded>, ReadError>;

    /// The events after a position, in order.
    async fn all(&self, after_position: u64, limit: u32) -> Result<Vec<Recorded>, ReadError>;

    /// The event of this identity.
    async fn find(&self, id: EventId) -> Result<Option<Recorded>, ReadError>;

    /// Raises `head` as the database tells of appends, for as long as it lives. A hint: some may be lost.
    async fn listen(&self, head: &watch::Sender<u64>);

    /// Closes its connections.
    async fn close(&self);
}

/// The writer's connection. After an error it is of no more use.
#[async_trait]
pub(crate) trait Session: Send {
    /// Begins a transaction, once no other writer is in one.
    async fn begin(&mut self) -> Result<(), sqlx::Error>;

    /// What the log says of these streams and identities, in one query.
    async fn look_up(&mut self, streams: &[&StreamId], ids: &[EventId]) -> Result<Known, sqlx::Error>;

    /// Writes the events, which are never none, and moves the head to the last of them.
    async fn append(&mut self, events: &[Recorded]) -> Result<(), sqlx::Error>;

    /// Makes them durable. After an error nobody knows whether they are.
    async fn commit(&mut self) -> Result<(), sqlx::Error>;

    /// Ends the transaction without a trace.
    async fn roll_back(&mut self) -> Result<(), sqlx::Error>;
}

/// Who opens the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Append,
    Read,
}

pub(crate) async fn open(settings: &Settings, access: Access) -> Result<Arc<dyn Store>, OpenError> {
    Ok(match settings.place()? {
        Place::Postgres(to) => Arc::new(postgres::Postgres::open(settings, &to, access).await?),
        Place::Sqlite(directory) => Arc::new(sqlite::Sqlite::open(settings, &directory, access).await?),
    })
}

/// Positions and versions are `bigint`, and never reach its end.
fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
