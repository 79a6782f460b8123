//! Questions to the log, with what goes wrong said once, here.

use aipaygen_events::{Event, EventId, StreamId};
use aipaygen_journal::{Journal, Recorded};

use crate::error::Failure;

/// The event of this identity.
pub(crate) async fn find(journal: &Journal, id: EventId) -> Result<Option<Recorded>, Failure> {
    journal.find(id).await.map_err(unreadable)
}

/// The events of a stream after this version.
pub(crate) async fn read(journal: &Journal, stream: &StreamId, after_version: u64) -> Result<Vec<Recorded>, Failure> {
    journal.read(stream, after_version).await.map_err(unreadable)
}

/// What a recorded event says.
pub(crate) fn decode(recorded: &Recorded) -> Result<Event, Failure> {
    recorded.event().map_err(|error| {
        // A newer build may have written it: its own workers go on, and this one must not guess.
        tracing::error!(%error, position = recorded.position, "this build cannot read an event of the log");
        Failure::Unavailable
    })
}

fn unreadable(cause: impl std::fmt::Display) -> Failure {
    tracing::error!(%cause, "the log cannot be read");
    Failure::Unavailable
}
