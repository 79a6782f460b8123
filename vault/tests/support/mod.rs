//! A vault of a test's own, on either database.

#[path = "../../../tests/support/port.rs"]
mod port;
#[path = "../../../tests/support/postgres.rs"]
#[expect(dead_code, reason = "shared with the acceptance tests, which use more of it")]
mod postgres;
#[path = "../../../tests/support/process.rs"]
#[expect(dead_code, reason = "shared with the acceptance tests, which use more of it")]
mod process;
#[path = "../../../tests/support/wait.rs"]
mod wait;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use aipaygen_events::Timestamp;
use aipaygen_journal::db::Db;
use aipaygen_vault::{Settings, Vault};
use tempfile::TempDir;

use postgres::{Fsync, Postgres};

/// The key-encryption keys of the tests.
pub(crate) const KEYS: [&str; 2] =
    ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "dGhpcnR5LXR3byBieXRlcyBmb3IgdGVzdHMgb25seSE="];

/// A moment.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// A private, migrated vault. The server, if there is one, and all files go when it is dropped.
pub(crate) struct Stage {
    pub(crate) database: aipaygen_journal::Settings,
    pub(crate) db: Db,
    pub(crate) vault: Vault,
    pub(crate) server: Option<Postgres>,
    pub(crate) dir: TempDir,
}

impl Stage {
    pub(crate) async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().display());
        Self::migrated(url, None, dir).await
    }

    pub(crate) async fn postgres() -> Self {
        let dir = tempfile::tempdir().unwrap();
        open_to_all(dir.path());
        let server = Postgres::start(dir.path(), Fsync::Off).await;
        Self::migrated(server.url(), Some(server), dir).await
    }

    async fn migrated(url: String, server: Option<Postgres>, dir: TempDir) -> Self {
        let database = aipaygen_journal::Settings {
            url: url.into(),
            read_connections_max: 4,
            append_queue_max: 1024,
            batch_appends_max: 256,
            poll_interval_ms: 50,
            unavailable_after_ms: 10_000,
        };
        aipaygen_journal::migrate(&database).await.unwrap();
        let db = Db::open_vault(&database).await.unwrap();
        let vault = vault(&db, KEYS[0]);
        Self { database, db, vault, server, dir }
    }

    /// The same rows, opened by these keys.
    pub(crate) fn with_keys(&self, keys: &str) -> Vault {
        vault(&self.db, keys)
    }

    /// Runs one statement, as somebody would who tampers with the tables.
    pub(crate) async fn execute(&self, sql: &'static str) -> u64 {
        let mut tx = self.db.begin().await.unwrap();
        let touched = tx.execute(sql, &[]).await.unwrap();
        tx.commit().await.unwrap();
        touched
    }
}

fn vault(db: &Db, keys: &str) -> Vault {
    Vault::try_new(db.clone(), &Settings { keys: keys.into() }).unwrap()
}

/// The root of the repository, where the tests find the servers that `make` installed.
fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Lets a server that runs as another user pass through a temporary directory.
fn open_to_all(dir: &Path) {
    fs::set_permissions(dir, Permissions::from_mode(0o777)).unwrap();
}
