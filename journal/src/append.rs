//! What an append asks for, and what becomes of it.

use aipaygen_events::{EventId, NewEvent, StreamId};

use crate::Recorded;

/// Events for one stream. One append may name several streams, each once, and is atomic over them.
#[derive(Clone, Debug)]
pub struct StreamAppend {
    /// Which stream.
    pub stream: StreamId,
    /// What the decision was made on.
    pub expected: Expected,
    /// What to append, in order.
    pub events: Vec<NewEvent>,
}

/// The end of a stream as its reader saw it.
///
/// Version and identity: a version alone can be met by another writer's event, when this writer has decided
/// further appends before the first one was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The stream has no event.
    Empty,
    /// The last event of the stream.
    Last {
        /// Its version; the first event of a stream has version 1.
        version: u64,
        /// Its identity.
        id: EventId,
    },
}

/// An append that is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The position of its last event in the log.
    pub position: u64,
}

/// Why an append was not made. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A stream does not end where the decision thought: read on, and decide again.
    #[error("the stream {stream} has gone on")]
    Conflict {
        /// The first such stream.
        stream: StreamId,
    },
    /// The log holds an event of this identity already: what was asked for has happened.
    #[error("the event {} is in the log already", .existing.id)]
    Duplicate {
        /// The event that is there.
        existing: Box<Recorded>,
    },
    /// As many appends wait as may wait: try again later.
    #[error("the log takes no more appends just now")]
    Overloaded,
    /// The database failed, or the writer is closed. The outcome of a commit that was under way has been
    /// looked up, so that nothing was appended.
    #[error("the log cannot be written: {0}")]
    Unavailable(String),
}
