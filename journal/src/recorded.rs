//! An event as the log gives it back.

use aipaygen_events::{DecodeError, Event, EventId, StreamId, Timestamp};

/// An event with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the whole log: 1, 2, 3, … without a gap.
    pub position: u64,
    /// Its stream.
    pub stream: StreamId,
    /// Its place in the stream: 1, 2, 3, … without a gap.
    pub version: u64,
    /// Stable text, such as `request.charged`.
    pub kind: String,
    /// The version of the shape of this kind.
    pub schema: i32,
    /// The exact bytes that were hashed.
    pub data: Vec<u8>,
    /// Its identity.
    pub id: EventId,
    /// When the writer committed it.
    pub at: Timestamp,
    /// SHA-256 over the hash before it and all of the above.
    pub hash: [u8; 32],
}

impl Recorded {
    /// The event inside.
    pub fn event(&self) -> Result<Event, DecodeError> {
        Event::decode(&self.kind, self.schema, &self.data)
    }
}

/// The end of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The position of the last event; 0 of an empty log.
    pub position: u64,
    /// Its hash; zeros of an empty log.
    pub hash: [u8; 32],
}
