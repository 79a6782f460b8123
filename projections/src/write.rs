//! Writing the rows of a whole batch in one statement: they travel as one JSON array, which both dialects can
//! read as a table. A round trip a row is what makes a projection slow.

use aipaygen_journal::db::{Backend, DbError, Tx, Value};
use serde::Serialize;

/// A statement in both dialects. `$1` is a JSON array of objects.
pub(crate) struct Sql {
    /// The table that it writes, for the words of an error.
    pub(crate) table: &'static str,
    pub(crate) postgres: &'static str,
    pub(crate) sqlite: &'static str,
}

impl Sql {
    pub(crate) const fn of(&self, backend: Backend) -> &'static str {
        match backend {
            Backend::Postgres => self.postgres,
            Backend::Sqlite => self.sqlite,
        }
    }
}

/// Why events were not applied. Nothing of the batch was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The database is away, or refuses what the events say: a balance below zero, a request charged twice.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The events do not follow each other, or do not follow the checkpoint.
    #[error("position {found} does not follow {last}")]
    Gap {
        /// The last position that was applied.
        last: u64,
        /// The next that came.
        found: u64,
    },
    /// The events speak of rows that are not there, or not as they say: an end without a charge.
    #[error("the events fit {fitting} rows of {table}, and should fit {expected}")]
    Contradiction {
        /// Which table.
        table: &'static str,
        /// How many rows the events change.
        expected: usize,
        /// How many of those are there.
        fitting: u64,
    },
    /// The lines of an event do not balance.
    #[error("the debits of position {position} are not its credits")]
    Unbalanced {
        /// The event.
        position: u64,
    },
}

impl ApplyError {
    /// Whether trying again can help: nothing is wrong with the events.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        matches!(self, Self::Database(DbError::Away(_)))
    }
}

/// Writes rows, each of which must take effect.
pub(crate) async fn write<R: Serialize>(tx: &mut Tx, sql: &Sql, rows: &[R]) -> Result<(), ApplyError> {
    if rows.is_empty() {
        return Ok(());
    }
    let json = serde_json::to_string(rows).expect("rows are plain structs of text and integers");
    let fitting = tx.execute(sql.of(tx.backend()), &[Value::from(json)]).await?;
    if u64::try_from(rows.len()) == Ok(fitting) {
        Ok(())
    } else {
        Err(ApplyError::Contradiction { table: sql.table, expected: rows.len(), fitting })
    }
}

/// A position as databases count.
pub(crate) fn position(position: u64) -> Value {
    Value::I64(Some(i64::try_from(position).expect("a log of 2^63 events is not ours")))
}
