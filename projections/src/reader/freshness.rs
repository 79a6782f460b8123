//! Reading one's own writes: waiting until the read models have reached a position of the log.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aipaygen_journal::db::Db;
use tokio::sync::Mutex;

use super::ReadError;

/// How often the checkpoint is asked for while somebody waits.
const POLL: Duration = Duration::from_millis(1);

type Asked = Pin<Box<dyn Future<Output = Result<u64, ReadError>> + Send>>;

/// Where the log ends, as whoever wired this reader can tell: the journal in this process, or a query that
/// the reader's role may make.
#[derive(Clone)]
pub struct LogHead(Arc<dyn Fn() -> Asked + Send + Sync>);

impl LogHead {
    /// The end of the log, asked for anew each time.
    pub fn new<F, Fut>(ask: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<u64, ReadError>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(ask())))
    }

    /// The position of the last event that is committed; 0 of an empty log.
    pub async fn position(&self) -> Result<u64, ReadError> {
        (self.0)().await
    }
}

impl fmt::Debug for LogHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogHead")
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
