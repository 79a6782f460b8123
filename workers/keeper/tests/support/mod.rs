//! A keeper over a vault and a log of a test's own, and an endpoint that says what a test wants.

mod endpoint;
#[path = "../../../../tests/support/port.rs"]
mod port;
#[path = "../../../../tests/support/postgres.rs"]
#[expect(dead_code, reason = "shared with the acceptance tests, which use more of it")]
mod postgres;
#[path = "../../../../tests/support/process.rs"]
#[expect(dead_code, reason = "shared with the acceptance tests, which use more of it")]
mod process;
#[path = "../../../../tests/support/wait.rs"]
pub(crate) mod wait;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use aipaygen_bus::SharedBus;
use aipaygen_bus::commands::{Command, call};
use aipaygen_bus::local::LocalBus;
use aipaygen_bus::vault::{AddWebhook, WebhookAdded};
use aipaygen_events::account::{AccountEvent, RequestCompleted, Tokens};
use aipaygen_events::{AccountId, Event, MicroUsd, RequestId, StreamId, Timestamp, WebhookId};
use aipaygen_journal::db::Db;
use aipaygen_journal::{Expected, Journal, StreamAppend, migrate};
use aipaygen_keeper::{ApiSettings, Deps, Keeper, WebhookSettings};
use aipaygen_projections::Reader;
use aipaygen_vault::{Settings, Vault};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) use endpoint::{Endpoint, Met};
use postgres::{Fsync, Postgres};

/// Everything that a keeper stands on. Its clock stands still until it is moved.
pub(crate) struct House {
    pub(crate) bus: SharedBus,
    pub(crate) vault: Vault,
    pub(crate) journal: Journal,
    pub(crate) endpoint: Arc<Endpoint>,
    database: aipaygen_journal::Settings,
    clock: Arc<AtomicI64>,
    _server: Option<Postgres>,
    _files: TempDir,
}

impl House {
    pub(crate) async fn on_sqlite() -> Self {
        let files = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", files.path().display());
        Self::open(url, None, files).await
    }

    pub(crate) async fn on_postgres() -> Self {
        let files = tempfile::tempdir().unwrap();
        open_to_all(files.path());
        let server = Postgres::start(files.path(), Fsync::Off).await;
        Self::open(server.url(), Some(server), files).await
    }

    async fn open(url: String, server: Option<Postgres>, files: TempDir) -> Self {
        let database = aipaygen_journal::Settings {
            url: url.into(),
            read_connections_max: 4,
            append_queue_max: 1_024,
            batch_appends_max: 256,
            poll_interval_ms: 25,
            unavailable_after_ms: 5_000,
        };
        migrate(&database).await.unwrap();
        let clock = Arc::new(AtomicI64::new(1_700_000_000_000_000));
        let stamp = clock.clone();
        let journal = Journal::open(&database, move || at(&stamp)).await.unwrap();
        let keys = Settings { keys: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".into() };
        let vault = Vault::try_new(Db::open_vault(&database).await.unwrap(), &keys).unwrap();
        let bus: SharedBus = LocalBus::new(&aipaygen_bus::Settings::default());
        let endpoint = Endpoint::serve(&bus, clock.clone()).await;
        Self { bus, vault, journal, endpoint, database, clock, _server: server, _files: files }
    }

    /// A keeper, one of any number.
    pub(crate) async fn keeper(&self) -> Keeper {
        let clock = self.clock.clone();
        let deps = Deps {
            bus: self.bus.clone(),
            vault: self.vault.clone(),
            log: self.journal.reader().clone(),
            reader: Reader::new(Db::open_reading(&self.database).await.unwrap()),
            apis: ApiSettings { plain_hosts: Vec::new(), sealed_ms: 30_000 },
            webhooks: webhooks(),
            clock: Arc::new(move || at(&clock)),
        };
        Keeper::start(deps).await.unwrap()
    }

    /// Lets this much time pass at once.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    pub(crate) async fn ask<C: Command>(&self, command: &C) -> C::Reply {
        call(self.bus.as_ref(), command, Instant::now() + Duration::from_secs(20)).await.unwrap()
    }

    /// A webhook for what is completed, and its secret.
    pub(crate) async fn webhook(&self, account: AccountId) -> (WebhookId, String) {
        let events = vec!["request.completed".to_owned()];
        let url = format!("https://hooks.example.com/{account}");
        match self.ask(&AddWebhook { account, url, events, low_balance: None }).await {
            WebhookAdded::Added { webhook, secret } => (webhook, secret),
            WebhookAdded::TooMany { .. } | WebhookAdded::PlainHttp | WebhookAdded::Unavailable => panic!("not added"),
        }
    }

    /// Something that the account is to be told of.
    pub(crate) async fn complete(&self, account: AccountId) -> RequestId {
        let request = RequestId::from_uuid(Uuid::now_v7());
        let event = AccountEvent::Completed(completed(account, request));
        let stream = StreamId::from_stored(format!("test-{request}"));
        let events = vec![Event::from(event).encode()];
        self.journal.append(vec![StreamAppend { stream, expected: Expected::Empty, events }]).await.unwrap();
        request
    }
}

fn completed(account: AccountId, request: RequestId) -> RequestCompleted {
    RequestCompleted {
        account,
        key: Some("AAAAAAAAAAAAAAAA".parse().unwrap()),
        request,
        endpoint: "POST /tools/ping".to_owned(),
        status: 200,
        charged: MicroUsd::dollars(1),
        price: MicroUsd::dollars(1),
        released: MicroUsd::default(),
        tokens: Tokens::default(),
        duration_ms: 7,
        payment: None,
        voucher: None,
    }
}

/// Three attempts, a minute and an hour apart.
fn webhooks() -> WebhookSettings {
    WebhookSettings {
        per_account_max: 2,
        plain_http: false,
        rotation_grace_s: 3_600,
        lease_ms: 10_000,
        batch_events_max: 3,
        in_flight_max: 4,
        attempt_timeout_ms: 5_000,
        retry_pauses_s: vec![60, 3_600],
        dead_kept_days: 30,
    }
}

pub(crate) fn account(seed: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(seed))
}

fn at(clock: &AtomicI64) -> Timestamp {
    Timestamp::from_micros(clock.load(Ordering::Relaxed))
}

/// The root of the repository, where the tests find the servers that `make` installed.
fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Lets a server that runs as another user pass through a temporary directory.
fn open_to_all(dir: &Path) {
    fs::set_permissions(dir, Permissions::from_mode(0o777)).unwrap();
}
