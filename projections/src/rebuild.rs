//! Rebuilding the read models from the log, beside the live ones: invariant 5, and the way out of any mistake in
//! a projection.

mod compare;
mod tables;

use aipaygen_journal::Reader as Log;
use aipaygen_journal::db::Db;
use serde::Serialize;

use crate::checkpoint;
use crate::replay::{ReplayError, catch_up};
use tables::TABLES;

pub use compare::TableReport;

/// What a rebuild has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RebuildReport {
    /// The position in the log at which the tables were compared.
    pub position: u64,
    /// One for each table.
    pub tables: Vec<TableReport>,
    /// Whether the rebuilt tables are the live ones now.
    pub adopted: bool,
}

impl RebuildReport {
    /// Whether every table was what the log says, row for row.
    #[must_use]
    pub fn is_identical(&self) -> bool {
        self.tables.iter().all(|table| table.differing == 0)
    }
}

/// Replays the log into empty tables, and compares them with the live ones at the same position.
pub async fn compare(log: &Log, db: &Db) -> Result<RebuildReport, ReplayError> {
    let (scratch, report) = replayed(log, db).await?;
    scratch.close().await;
    Ok(report)
}

/// As [`compare`]; then the new tables take the place of the live ones, at one moment for every reader.
///
/// Projectors go on meanwhile. The new tables know what the live ones knew a moment before, and a projector
/// reads its checkpoint in each transaction, so that it goes on from there.
pub async fn rebuild(log: &Log, db: &Db) -> Result<RebuildReport, ReplayError> {
    let (scratch, report) = replayed(log, db).await?;
    catch_up(log, &scratch, checkpoint::read(db).await?).await?;
    db.adopt(scratch).await?;
    Ok(RebuildReport { adopted: true, ..report })
}

async fn replayed(log: &Log, db: &Db) -> Result<(Db, RebuildReport), ReplayError> {
    let scratch = db.scratch().await?;
    // The bulk first, so that the snapshot of the live tables is held for the comparison alone.
    catch_up(log, &scratch, checkpoint::read(db).await?).await?;
    let report = compare_all(log, db, &scratch).await?;
    Ok((scratch, report))
}

async fn compare_all(log: &Log, db: &Db, scratch: &Db) -> Result<RebuildReport, ReplayError> {
    let mut live = db.snapshot().await?;
    let position = checkpoint::read_in(&mut live).await?;
    catch_up(log, scratch, position).await?;
    let mut rebuilt = scratch.snapshot().await?;
    let mut tables = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        tables.push(compare::compare(&mut live, &mut rebuilt, table).await?);
    }
    Ok(RebuildReport { position, tables, adopted: false })
}
