//! The product under load: all its roles, and strangers who pay, each from an account of its own.

use std::net::SocketAddr;
use std::path::Path;

use aipaygen_bus::SharedBus;
use aipaygen_events::api_key::ApiKey;
use aipaygen_events::{AccountId, KeyId};
use aipaygen_journal::Journal;

use crate::cpu::Watch;
use crate::limits::{open_journal, sqlite};
use crate::load::{Measured, closed_loop};
use crate::plan::Bounds;
use crate::support::app::App;
use crate::support::backend::Backend;
use crate::support::postgres::Fsync;
use crate::wire::{self, Connection};

/// So much that no measurement exhausts it.
const FUNDS_USD: &str = "1000000";

/// What is bought.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// A tool that does nothing, so that the way there and back is measured.
    Ping,
    /// A Python program.
    Code,
}

impl Call {
    pub(crate) const ALL: [Self; 2] = [Self::Ping, Self::Code];

    /// What it is called in the report.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ping => "paid ping",
            Self::Code => "paid /code/run",
        }
    }

    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Ping => "/tools/ping",
            Self::Code => "/code/run",
        }
    }

    pub(crate) const fn body(self) -> &'static str {
        match self {
            Self::Ping => "{}",
            Self::Code => r#"{"code":"print(1+1)"}"#,
        }
    }
}

/// One stranger.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) account: AccountId,
    pub(crate) key_id: KeyId,
    key: String,
}

/// All roles, running.
pub(crate) struct Shop {
    app: App,
    address: SocketAddr,
    callers: Vec<Caller>,
}

impl Shop {
    /// Opens it on a backend whose commits wait for the disk.
    pub(crate) async fn open(backend: Backend, callers: usize) -> Self {
        let unlimited = "1000000000";
        let settings = ["ADDRESS", "KEY"].map(|of| format!("SERVER__REQUESTS_PER_MINUTE_PER_{of}"));
        let settings = settings.each_ref().map(|name| (name.as_str(), unlimited));
        let app = App::with_fsync(Fsync::On, backend, &settings).await;
        let address = app.address();
        let callers = (0..callers).map(|_| caller(&app)).collect();
        Self { app, address, callers }
    }

    /// Calls from so many connections.
    pub(crate) async fn load(&self, call: Call, connections: usize, bounds: Bounds) -> Measured {
        let (address, callers) = (self.address, self.callers[..connections].to_vec());
        let watch = Watch::new(self.app.ids());
        on_a_thread(async move || {
            let mut connected = Vec::new();
            for caller in &callers {
                let request = wire::post(address, call.path(), &caller.key, call.body());
                let mut connection = Connection::open(address, request).await.unwrap();
                connected.push(async move || connection.call().await);
            }
            closed_loop(connected, bounds, &watch).await
        })
        .await
    }

    /// Fails unless every charge has its end and the books balance.
    pub(crate) async fn balances(&self) {
        self.app.settled().await;
    }

    /// One real paid answer, as it came.
    pub(crate) async fn answer(&self) -> Vec<u8> {
        let request = wire::post(self.address, Call::Ping.path(), &self.callers[0].key, Call::Ping.body());
        let mut connection = Connection::open(self.address, request).await.unwrap();
        connection.call().await.unwrap();
        connection.answer().to_vec()
    }

    pub(crate) fn callers(&self) -> Vec<Caller> {
        self.callers.clone()
    }

    pub(crate) fn dir(&self) -> &Path {
        self.app.dir()
    }

    /// A log of its own on the same server, or the same disk.
    pub(crate) async fn bare_journal(&self) -> Journal {
        match &self.app.servers {
            Some(servers) => open_journal(servers.postgres.database("bare")).await,
            None => open_journal(sqlite(self.app.dir())).await,
        }
    }

    /// The bus between the product's processes, if it is one that reaches beyond them.
    pub(crate) async fn bus(&self) -> Option<SharedBus> {
        let servers = self.app.servers.as_ref()?;
        let backend = aipaygen_bus::Backend::Nats;
        let settings = aipaygen_bus::Settings { backend, url: servers.nats.url().into(), ..Default::default() };
        Some(aipaygen_bus::open(&settings).await.unwrap())
    }
}

fn caller(app: &App) -> Caller {
    let issued = app.cli(&["keys", "issue", "--label", "stranger", "--json"]).expect(0).json();
    let (account, key) = (issued["account"].as_str().unwrap(), issued["key"].as_str().unwrap());
    app.cli(&["credits", "grant", "--account", account, "--amount", FUNDS_USD, "--reference", "bench"]).expect(0);
    Caller { account: account.parse().unwrap(), key_id: ApiKey::parse(key).unwrap().id(), key: key.to_owned() }
}

/// Runs a load on a thread of its own, which does nothing else: no work is handed between threads.
pub(crate) async fn on_a_thread<L>(load: L) -> Measured
where
    L: AsyncFnOnce() -> Measured + Send + 'static,
{
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(load())
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}
