//! Reading one's own writes: waiting until the read models have reached a position of the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aipaygen_journal::Reader as Log;
use aipaygen_journal::db::Db;
use tokio::sync::Mutex;

use super::ReadError;

/// How often the checkpoint is asked for while somebody waits.
const POLL: Duration = Duration::from_millis(1);

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

/// The newest checkpoint that any clone of a reader has seen. However many wait, one of them asks.
#[derive(Clone)]
pub(super) struct Freshness {
    db: Db,
    seen: Arc<AtomicU64>,
    asking: Arc<Mutex<()>>,
}

impl Freshness {
    pub(super) fn new(db: Db) -> Self {
        Self { db, seen: Arc::default(), asking: Arc::default() }
    }

    pub(super) async fn position(&self) -> Result<u64, ReadError> {
        let position = crate::checkpoint::read(&self.db).await?;
        self.seen.fetch_max(position, Ordering::AcqRel);
        Ok(position)
    }

    pub(super) async fn reached(&self, at_least: u64, within: Duration) -> Result<bool, ReadError> {
        match tokio::time::timeout(within, self.wait(at_least)).await {
            Ok(reached) => reached.map(|()| true),
            Err(_elapsed) => Ok(false),
        }
    }

    async fn wait(&self, at_least: u64) -> Result<(), ReadError> {
        while !self.has_seen(at_least) {
            let _turn = self.asking.lock().await;
            if !self.has_seen(at_least) && self.position().await? < at_least {
                tokio::time::sleep(POLL).await;
            }
        }
        Ok(())
    }

    fn has_seen(&self, at_least: u64) -> bool {
        self.seen.load(Ordering::Acquire) >= at_least
    }
}
