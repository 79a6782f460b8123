//! An event as a projection takes it: what happened, where in the log, and when.

use aipaygen_events::{DecodeError, Event, Timestamp};
use aipaygen_journal::Recorded;

/// One event of the log, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the whole log.
    pub position: u64,
    /// When the writer committed it.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

impl TryFrom<&Recorded> for Entry {
    type Error = DecodeError;

    fn try_from(recorded: &Recorded) -> Result<Self, DecodeError> {
        Ok(Self { position: recorded.position, at: recorded.at, event: recorded.event()? })
    }
}
