//! Why a database did not answer, named for what the caller can do.

use crate::away::is_away;

/// Why a statement has no result. A transaction that met one is rolled back.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database is away or busy, and nothing is wrong with the statement: try again later.
    #[error("the database is away")]
    Away(#[source] sqlx::Error),
    /// The database refused the statement: trying again will not help.
    #[error("the database refused a statement")]
    Refused(#[source] sqlx::Error),
    /// A column is missing, null, or of another type than it was asked for.
    #[error("the column {column} is not what it was asked for as")]
    Column {
        /// Its name.
        column: &'static str,
    },
    /// What was to take the place of a database does not come from [`super::Db::scratch`].
    #[error("only a scratch of a database can take its place")]
    NotAScratch,
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        if is_away(&error) { Self::Away(error) } else { Self::Refused(error) }
    }
}
