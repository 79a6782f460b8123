//! The log, page by page, into a database that is behind it.

use aipaygen_events::DecodeError;
use aipaygen_journal::db::{Db, DbError};
use aipaygen_journal::{OpenError, ReadError as LogError, Reader as Log, Recorded};

use crate::apply::commit;
use crate::{ApplyError, Entry, ReadError, checkpoint};

/// How many events are read, and applied in one transaction, at a time.
const PAGE: u32 = 2_000;

/// Why the log was not retold.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The read models cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The database for a rebuild cannot be made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The events cannot be applied.
    #[error("the events from position {position} on cannot be applied")]
    Apply {
        /// The first of them.
        position: u64,
        /// Why.
        #[source]
        source: ApplyError,
    },
    /// This build does not know an event.
    #[error("the event at position {position} cannot be read")]
    Unreadable {
        /// Where.
        position: u64,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// The read models know more than the log: they are another log's.
    #[error("the log ends at {end}, and the read models know position {position}")]
    BeyondTheLog {
        /// Where the log ends.
        end: u64,
        /// What the read models know.
        position: u64,
    },
}

impl ReplayError {
    /// Whether a database is away, and nothing is wrong with the events: trying again helps.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        match self {
            Self::Log(error) => matches!(error, LogError::Unavailable(_) | LogError::Closed),
            Self::Read(error) => matches!(error, ReadError::Database(DbError::Away(_))),
            Self::Open(error) => matches!(error, OpenError::Unavailable(_)),
            Self::Apply { source, .. } => source.is_away(),
            Self::Unreadable { .. } | Self::BeyondTheLog { .. } => false,
        }
    }
}

impl From<DbError> for ReplayError {
    fn from(error: DbError) -> Self {
        Self::Read(error.into())
    }
}

/// Brings the read models to a position that the log has, beside any projector that does the same.
pub async fn catch_up(log: &Log, db: &Db, to: u64) -> Result<(), ReplayError> {
    loop {
        let position = checkpoint::read(db).await?;
        if position >= to {
            return Ok(());
        }
        let entries = entries_after(log, position, to).await?;
        commit(db, &entries).await.map_err(|source| ReplayError::Apply { position: position + 1, source })?;
    }
}

/// The next page of events after a position, up to and with another that is known to be in the log.
pub(crate) async fn entries_after(log: &Log, after: u64, to: u64) -> Result<Vec<Entry>, ReplayError> {
    let wanted = u32::try_from(to.saturating_sub(after)).unwrap_or(PAGE).min(PAGE);
    let recorded = log.read_all(after, wanted).await?;
    if recorded.is_empty() {
        return Err(ReplayError::BeyondTheLog { end: after, position: to });
    }
    decode(&recorded)
}

/// Events, decoded; all of them or none.
pub(crate) fn decode(recorded: &[Recorded]) -> Result<Vec<Entry>, ReplayError> {
    let unreadable = |position| move |source| ReplayError::Unreadable { position, source };
    recorded.iter().map(|event| Entry::try_from(event).map_err(unreadable(event.position))).collect()
}
