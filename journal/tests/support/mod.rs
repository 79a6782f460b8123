//! A log of a test's own, on either backend, and events to put into it.

#[path = "../../../tests/support/port.rs"]
mod port;
#[expect(dead_code, reason = "shared with the acceptance tests")]
#[path = "../../../tests/support/postgres.rs"]
mod postgres;
#[expect(dead_code, reason = "shared with the acceptance tests")]
#[path = "../../../tests/support/process.rs"]
mod process;
pub(crate) mod proxy;
mod raw;
#[path = "../../../tests/support/wait.rs"]
pub(crate) mod wait;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

use aipaygen_events::{EventId, NewEvent, StreamId, Timestamp};
use aipaygen_journal::{AppendError, Expected, Journal, Reader, Settings, StreamAppend, migrate};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::runtime::Builder;

pub(crate) use postgres::{Fsync, Postgres};

/// Runs a test on one thread, so that a test says when the writer can run.
pub(crate) fn run(make: impl Future<Output = Stage>, test: impl AsyncFnOnce(&mut Stage)) {
    // Declared first and dropped last: a server that ends waits for whoever is just connecting, and these end with
    // the runtime.
    let mut stage;
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    stage = runtime.block_on(make);
    runtime.block_on(test(&mut stage));
}

/// An empty log, migrated.
pub(crate) struct Stage {
    pub(crate) settings: Settings,
    server: Option<Postgres>,
    dir: TempDir,
}

impl Stage {
    pub(crate) async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = settings(&format!("sqlite://{}", dir.path().display()));
        Self { settings, server: None, dir }.migrated().await
    }

    pub(crate) async fn postgres() -> Self {
        Self::postgres_unmigrated(Fsync::Off).await.migrated().await
    }

    pub(crate) async fn postgres_unmigrated(fsync: Fsync) -> Self {
        let dir = tempfile::tempdir().unwrap();
        open_to_all(dir.path());
        let server = Postgres::start(dir.path(), fsync).await;
        Self { settings: settings(&server.url()), server: Some(server), dir }
    }

    pub(crate) async fn migrated(self) -> Self {
        migrate(&self.settings).await.unwrap();
        self
    }

    /// Ends the server as a crash would, while its clients go on.
    pub(crate) async fn crash(&mut self) {
        let mut server = self.server.take().unwrap();
        let crash = move || {
            server.crash();
            server
        };
        self.server = Some(tokio::task::spawn_blocking(crash).await.unwrap());
    }

    pub(crate) async fn restart(&mut self) {
        self.server.as_mut().unwrap().restart().await;
    }

    /// A journal whose clock ticks once a batch.
    pub(crate) async fn journal(&self) -> Journal {
        journal(&self.settings).await
    }

    pub(crate) async fn reader(&self) -> Reader {
        Reader::open(&self.settings).await.unwrap()
    }

    pub(crate) const fn is_sqlite(&self) -> bool {
        self.server.is_none()
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// How the superuser reaches the server.
    pub(crate) fn url(&self) -> String {
        self.server.as_ref().unwrap().url()
    }

    /// The process that is the parent of all processes of the server.
    pub(crate) fn postmaster(&self) -> u32 {
        self.server.as_ref().unwrap().id()
    }

    /// Whether two sessions wait for notifications: that of a journal, and that of a reader beside it.
    pub(crate) async fn both_listen(&self) -> bool {
        let sessions = "SELECT 1 / (count(*) = 2)::integer FROM pg_stat_activity WHERE query LIKE 'LISTEN %'";
        self.behind_its_back(sessions).await.is_ok()
    }

    /// Another writer, which has the lock and hangs.
    pub(crate) async fn hanging_writer(&self) -> raw::Held {
        match &self.server {
            Some(server) => raw::hold_postgres(&server.url()).await,
            None => raw::hold_sqlite(&self.dir.path().join("log.db")).await,
        }
    }

    /// Runs a statement on the log with its guards taken off, as whoever owns the database can.
    pub(crate) async fn without_triggers(&self, sql: &'static str) {
        let off = if self.is_sqlite() {
            "DROP TRIGGER events_are_not_updated; DROP TRIGGER events_are_not_deleted; DROP TRIGGER the_head_moves_on"
        } else {
            "ALTER TABLE events DISABLE TRIGGER USER; ALTER TABLE log_head DISABLE TRIGGER USER"
        };
        self.behind_its_back(off).await.unwrap();
        self.behind_its_back(sql).await.unwrap();
    }

    /// Runs a statement on the log as the owner of its tables, behind the journal's back.
    pub(crate) async fn behind_its_back(&self, sql: &'static str) -> Result<(), sqlx::Error> {
        match &self.server {
            Some(server) => raw::postgres(&server.url(), sql).await,
            None => raw::sqlite(&self.dir.path().join("log.db"), sql).await,
        }
    }
}

/// A journal whose clock ticks once a batch.
pub(crate) async fn journal(settings: &Settings) -> Journal {
    let ticks = AtomicI64::new(1);
    let clock = move || Timestamp::from_micros(ticks.fetch_add(1, Ordering::Relaxed));
    Journal::open(settings, clock).await.unwrap()
}

pub(crate) fn settings(url: &str) -> Settings {
    Settings {
        url: SecretString::from(url),
        read_connections_max: 8,
        append_queue_max: 1_024,
        batch_appends_max: 512,
        poll_interval_ms: 25,
        unavailable_after_ms: 20_000,
    }
}

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::from_stored(name.to_owned())
}

/// An event whose identity is its name.
pub(crate) fn event(name: &str) -> NewEvent {
    let data = format!(r#"{{"name":"{name}"}}"#).into_bytes();
    NewEvent { id: EventId::named(name), kind: "test.happened", schema: 1, data }
}

/// An append of one event to one stream.
pub(crate) fn one(name: &str, expected: Expected, event: NewEvent) -> Vec<StreamAppend> {
    vec![StreamAppend { stream: stream(name), expected, events: vec![event] }]
}

/// The end of a stream as it is.
pub(crate) async fn expected_after(reader: &Reader, name: &str) -> Expected {
    let events = reader.read(&stream(name), 0).await.unwrap();
    events.last().map_or(Expected::Empty, |event| Expected::Last { version: event.version, id: event.id })
}

/// The end of a stream whose last event has this version and name.
pub(crate) fn after(version: u64, name: &str) -> Expected {
    Expected::Last { version, id: EventId::named(name) }
}

/// The stream that a conflict names.
pub(crate) fn conflict<T: std::fmt::Debug>(result: Result<T, AppendError>) -> StreamId {
    match result {
        Err(AppendError::Conflict { stream }) => stream,
        other => panic!("not a conflict: {other:?}"),
    }
}

/// The event that a duplicate names.
pub(crate) fn duplicate<T: std::fmt::Debug>(result: Result<T, AppendError>) -> aipaygen_journal::Recorded {
    match result {
        Err(AppendError::Duplicate { existing }) => *existing,
        other => panic!("not a duplicate: {other:?}"),
    }
}

/// The root of the repository, for the shared modules.
fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Lets a server that runs as another user pass through a temporary directory.
fn open_to_all(dir: &Path) {
    fs::set_permissions(dir, Permissions::from_mode(0o777)).unwrap();
}
