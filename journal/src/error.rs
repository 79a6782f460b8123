//! Why a database cannot be opened or the log not read, named for what the caller can do.

use crate::settings::UrlError;

/// Why a database is not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration names no database.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The tables are not there, or older than this build.
    #[error("the database lacks tables of this version: run `aipaygen migrate`")]
    NotMigrated,
    /// The database cannot be reached, or refuses the login.
    #[error("the database cannot be opened")]
    Unavailable(#[source] sqlx::Error),
    /// A migration failed, or one that was applied is not what this build holds.
    #[error("the database cannot be migrated")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The directory of the embedded database cannot be made or written.
    #[error("the directory of the database cannot be used")]
    Directory(#[source] std::io::Error),
}

/// Why the log was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database is away: try again later.
    #[error("the log cannot be read")]
    Unavailable(#[source] sqlx::Error),
    /// An event is missing or out of order. Nothing may be built on such a log.
    #[error("the log holds position {found} where {expected} belongs")]
    Gap {
        /// The position that follows the last one read.
        expected: u64,
        /// The position that was read.
        found: u64,
    },
    /// A row is not one that the writer writes.
    #[error("the event at position {position} is not of the shape of the log")]
    Malformed {
        /// Where, as far as that can be told.
        position: i64,
    },
    /// The journal is closed.
    #[error("the journal is closed")]
    Closed,
}

impl From<sqlx::Error> for ReadError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolClosed) { Self::Closed } else { Self::Unavailable(error) }
    }
}
