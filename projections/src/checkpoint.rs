//! How far the read models have come in the log. One row, which whoever applies events holds locked.

use aipaygen_journal::db::{Backend, Db, DbError, Row, Tx};

use crate::write::ApplyError;

const READ: &str = "SELECT position FROM checkpoint";
const LOCK: &str = "SELECT position FROM checkpoint FOR UPDATE";
const ADVANCE: &str = "UPDATE checkpoint SET position = $2 WHERE position = $1";

/// The position as of now.
pub(crate) async fn read(db: &Db) -> Result<u64, DbError> {
    position(db.fetch_optional(READ, &[]).await?)
}

/// The position as of the moment of a snapshot.
pub(crate) async fn read_in(tx: &mut Tx) -> Result<u64, DbError> {
    position(tx.fetch_optional(READ, &[]).await?)
}

/// The position, held until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx) -> Result<u64, DbError> {
    let sql = match tx.backend() {
        Backend::Postgres => LOCK,
        // A transaction that writes is alone from its beginning.
        Backend::Sqlite => READ,
    };
    position(tx.fetch_optional(sql, &[]).await?)
}

/// Moves the position, in the transaction of the rows that bring it there.
pub(crate) async fn advance(tx: &mut Tx, from: u64, to: u64) -> Result<(), ApplyError> {
    match tx.execute(ADVANCE, &[crate::write::position(from), crate::write::position(to)]).await? {
        1 => Ok(()),
        fitting => Err(ApplyError::Contradiction { table: "checkpoint", expected: 1, fitting }),
    }
}

/// The migration that makes the table writes its row.
fn position(row: Option<Row>) -> Result<u64, DbError> {
    row.ok_or(DbError::Column { column: "position" })?.u64("position")
}
