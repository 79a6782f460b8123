//! Reading one's own writes: waiting until the read models have reached a position of the log.

use std::time::Duration;

use aipaygen_journal::Reader as Log;
use aipaygen_journal::db::Db;
use tokio::time::sleep;

use super::ReadError;
use crate::checkpoint;

/// How long to wait for the next look, at first; each look doubles it.
const PAUSE: Duration = Duration::from_millis(1);
/// How long to wait for the next look at most.
const PAUSE_MAX: Duration = Duration::from_millis(16);

/// Where the log ends, for those who may know nothing else of it.
#[derive(Clone, Debug)]
pub struct LogHead(Log);

impl LogHead {
    /// The end of this log.
    #[must_use]
    pub const fn new(log: Log) -> Self {
        Self(log)
    }

    /// The position of the last event that is committed; 0 of an empty log.
    pub async fn position(&self) -> Result<u64, ReadError> {
        Ok(self.0.head().await?.position)
    }
}

/// Waits until the checkpoint is at a position. It is asked for anew each time and never remembered: a rebuild, or a
/// crash of the database, can take it back.
pub(super) async fn reached(db: &Db, at_least: u64) -> Result<(), ReadError> {
    let mut pause = PAUSE;
    while checkpoint::read(db).await? < at_least {
        sleep(pause).await;
        pause = PAUSE_MAX.min(pause * 2);
    }
    Ok(())
}
