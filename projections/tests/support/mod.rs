//! What the tests stand on: a private database of either kind, and events of a small company's day.

pub(crate) mod events;
pub(crate) mod log;
pub(crate) mod stranger;

#[path = "../../../tests/support/port.rs"]
mod port;
#[path = "../../../tests/support/postgres.rs"]
#[expect(dead_code, reason = "shared with the acceptance tests, which use more of it")]
pub(crate) mod postgres;
#[path = "../../../tests/support/process.rs"]
#[expect(dead_code, reason = "shared with the acceptance tests, which use more of it")]
mod process;
#[path = "../../../tests/support/wait.rs"]
pub(crate) mod wait;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use aipaygen_journal::Settings;
use aipaygen_journal::db::Db;
use aipaygen_projections::{ApplyError, Entry, apply};
use tempfile::TempDir;

use postgres::{Fsync, Postgres};

/// A private, migrated database. The server, if there is one, and all files go when it is dropped.
pub(crate) struct Store {
    pub(crate) settings: Settings,
    pub(crate) db: Db,
    server: Option<Postgres>,
    _dir: TempDir,
}

impl Store {
    pub(crate) async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().display());
        Self::migrated(url, None, dir).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::on_server(Fsync::Off).await
    }

    pub(crate) async fn on_server(fsync: Fsync) -> Self {
        let dir = tempfile::tempdir().unwrap();
        open_to_all(dir.path());
        let server = Postgres::start(dir.path(), fsync).await;
        Self::migrated(server.url(), Some(server), dir).await
    }

    async fn migrated(url: String, server: Option<Postgres>, dir: TempDir) -> Self {
        let settings = Settings {
            url: url.into(),
            read_connections_max: 4,
            append_queue_max: 1024,
            batch_appends_max: 256,
            poll_interval_ms: 50,
            unavailable_after_ms: 10_000,
        };
        aipaygen_journal::migrate(&settings).await.unwrap();
        let db = Db::open(&settings).await.unwrap();
        Self { settings, db, server, _dir: dir }
    }

    /// Runs one statement, as somebody would who tampers with the tables.
    pub(crate) async fn execute(&self, sql: &'static str) -> u64 {
        let mut tx = self.db.begin().await.unwrap();
        let touched = tx.execute(sql, &[]).await.unwrap();
        tx.commit().await.unwrap();
        touched
    }

    /// Empties all tables.
    pub(crate) async fn reset(&self) {
        let mut tx = self.db.begin().await.unwrap();
        for sql in [
            "UPDATE checkpoint SET position = 0",
            "DELETE FROM keys",
            "DELETE FROM balances",
            "DELETE FROM requests",
            "DELETE FROM refund_credits",
            "DELETE FROM vouchers",
            "DELETE FROM payments",
            "DELETE FROM postings",
            "DELETE FROM ledger_accounts",
            "DELETE FROM usage",
        ] {
            tx.execute(sql, &[]).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Another one of the same kind, with nothing in it.
    pub(crate) async fn fresh(&self) -> Self {
        if self.server.is_some() { Self::postgres().await } else { Self::sqlite().await }
    }

    /// The server, to be crashed and restarted, if there is one.
    pub(crate) fn server(&mut self) -> Option<&mut Postgres> {
        self.server.as_mut()
    }

    /// Applies entries in one transaction.
    pub(crate) async fn apply(&self, entries: &[Entry]) -> Result<(), ApplyError> {
        let mut tx = self.db.begin().await?;
        apply(&mut tx, entries).await?;
        Ok(tx.commit().await?)
    }
}

/// The root of the repository, where the tests find the servers that `make` installed.
pub(crate) fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Lets a server that runs as another user pass through a temporary directory.
pub(crate) fn open_to_all(dir: &Path) {
    fs::set_permissions(dir, Permissions::from_mode(0o777)).unwrap();
}

/// Each test once on each database.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(crate::support::Store::sqlite().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(crate::support::Store::postgres().await).await;
            })*
        }
    };
}

pub(crate) use on_both;
