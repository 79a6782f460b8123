//! The product under test: all its roles, on the backends of this run, with a caller who can pay.
//!
//! Dropping it asserts that nothing is in flight and that the books balance.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use tempfile::TempDir;

use super::backend::{Backend, Servers};
use super::books::Books;
use super::cli::{self, Said, Settings, aipaygen};
use super::http::Client;
use super::postgres::Fsync;
use super::process::Process;
use super::{open_to_all, port, wait};

/// What a `ping` costs, in micro-USD.
pub(crate) const PING: u64 = 100;

/// What the caller of every test has to spend: five dollars, as the demo key has.
const FUNDS: u64 = 5_000_000;

/// All roles, running.
pub(crate) struct App {
    /// A caller with five dollars.
    pub(crate) caller: Client,
    settings: Settings,
    ports: BTreeMap<String, u16>,
    roles: BTreeMap<String, Process>,
    /// Below the roles, so that the servers outlive them, as the files outlive both.
    pub(crate) servers: Option<Servers>,
    dir: TempDir,
}

impl App {
    /// All roles on the backends of this run.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// The same with settings such as `("LOG__LEVEL", "debug")`.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(Backend::of_this_run(), settings).await
    }

    /// All roles on these backends, whatever the run says.
    pub(crate) async fn on(backend: Backend, settings: &[(&str, &str)]) -> Self {
        Self::with_fsync(Fsync::Off, backend, settings).await
    }

    /// The same, on a Postgres that waits for the disk or does not; SQLite always does.
    pub(crate) async fn with_fsync(fsync: Fsync, backend: Backend, settings: &[(&str, &str)]) -> Self {
        let dir = TempDir::with_prefix("aipaygen-").unwrap();
        open_to_all(dir.path());
        fs::create_dir(dir.path().join("tmp")).unwrap();
        let mut app = Self {
            caller: Client::new(""),
            settings: cli::settings(dir.path()),
            ports: BTreeMap::new(),
            roles: BTreeMap::new(),
            servers: None,
            dir,
        };
        app.defaults();
        app.prepare(fsync, backend, settings).await;
        for role in backend.roles() {
            app.start_role(role).await;
        }
        app.caller = app.account(FUNDS);
        app
    }

    /// Tests are a flood, and do not wait half a minute for the reaper.
    fn defaults(&mut self) {
        let repository = super::repository().display();
        let flood = "1000000000".to_owned();
        let settings = [
            ("SERVER__REQUESTS_PER_MINUTE_PER_ADDRESS", flood.clone()),
            ("SERVER__REQUESTS_PER_MINUTE_PER_KEY", flood),
            ("SERVER__CHARGE_MARGIN_MS", "1000".to_owned()),
            ("PAYMENTS__REAPER_GRACE_MS", "500".to_owned()),
            // What a dead worker had taken off the queue goes to another before the reaper comes.
            ("BUS__ACK_WAIT_MS", "2000".to_owned()),
            ("CODE__RUNNER", format!("{repository}/target/sandbox/runner.cwasm")),
            ("CATALOG__DIR", format!("{repository}/tests/tools")),
        ];
        self.settings.extend(settings.map(|(name, value)| (format!("AIPAYGEN_{name}"), value)));
    }

    async fn prepare(&mut self, fsync: Fsync, backend: Backend, settings: &[(&str, &str)]) {
        if backend == Backend::Distributed {
            let servers = Servers::start(self.dir.path(), fsync).await;
            self.settings.extend(servers.settings());
            self.servers = Some(servers);
        }
        let given = settings.iter().map(|(name, value)| (format!("AIPAYGEN_{name}"), (*value).to_owned()));
        self.settings.extend(given);
        if backend == Backend::Distributed {
            self.cli(&["migrate"]).expect(0);
        }
    }

    /// Starts a process and waits until it serves. The name is a role, or a role and a number: `api-2`.
    pub(crate) async fn start_role(&mut self, name: &str) {
        let address = format!("127.0.0.1:{}", self.port(name));
        let arguments = match name.split('-').next().unwrap() {
            role @ ("serve" | "api") => vec![role, "--listen", &address, "--json"],
            "projector" => vec!["projector"],
            worker => vec!["worker", worker],
        };
        let others = self.others(name);
        self.served_by(name, others).await;
        let mut process = Process::spawn(name, self.dir.path(), aipaygen(&self.settings).args(arguments));
        match subject(name) {
            Some(_) => process.ready(async |_| (self.serving(name).await == others + 1).then_some(())).await,
            None if name == "projector" => {}
            None => process.ready(async |process| process.stdout().ends_with('\n').then_some(())).await,
        }
        self.roles.insert(name.to_owned(), process);
    }

    /// Waits until so many processes do what this one does: the bus needs a moment to notice that one was killed.
    async fn served_by(&self, name: &str, processes: usize) {
        let what = format!("the bus knows {processes} processes that do what {name} does");
        wait::until(&what, async || (self.serving(name).await == processes).then_some(())).await;
    }

    /// How many processes the bus knows that do what this one does.
    async fn serving(&self, name: &str) -> usize {
        match (subject(name), &self.servers) {
            (Some(subject), Some(servers)) => servers.nats.servers_of(subject).await,
            _ => 0,
        }
    }

    /// How many other processes run that do what this one does.
    fn others(&mut self, name: &str) -> usize {
        let Some(wanted) = subject(name) else { return 0 };
        let same = self.roles.iter_mut().filter(|(other, _)| *other != name && subject(other) == Some(wanted));
        same.map(|(_, process)| usize::from(process.is_alive())).sum()
    }

    /// A running process.
    pub(crate) fn role(&mut self, name: &str) -> &mut Process {
        self.roles.get_mut(name).unwrap()
    }

    /// The names of all running processes.
    pub(crate) fn names(&self) -> Vec<String> {
        self.roles.keys().cloned().collect()
    }

    /// The names of all processes, servers included, and their ids in the operating system.
    pub(crate) fn ids(&self) -> Vec<(String, u32)> {
        let roles = self.roles.iter().map(|(name, process)| (name.clone(), process.id()));
        let servers = self.servers.iter().flat_map(|servers| {
            [("postgres".to_owned(), servers.postgres.id()), ("nats".to_owned(), servers.nats.id())]
        });
        roles.chain(servers).collect()
    }

    /// Stops every process as an operator would; each has to end well.
    pub(crate) fn stop(&mut self) {
        for (name, mut process) in std::mem::take(&mut self.roles) {
            let status = process.stop("TERM");
            assert!(status.success(), "{name} ended with {status}: {}", process.stderr());
        }
    }

    /// A caller without a key, of the first ingress.
    pub(crate) fn anonymous(&self) -> Client {
        let name = if self.ports.contains_key("serve") { "serve" } else { "api" };
        self.anonymous_of(name)
    }

    /// A caller without a key, of this ingress.
    pub(crate) fn anonymous_of(&self, name: &str) -> Client {
        Client::new(&format!("http://127.0.0.1:{}", self.ports[name]))
    }

    /// Where the first ingress listens.
    pub(crate) fn address(&self) -> SocketAddr {
        let first = ["serve", "api"].iter().find_map(|name| self.ports.get(*name)).unwrap();
        (Ipv4Addr::LOCALHOST, *first).into()
    }

    /// A caller of a new account with this many micro-USD.
    pub(crate) fn account(&self, micro_usd: u64) -> Client {
        let issued = self.cli(&["keys", "issue", "--label", "test", "--json"]).expect(0).json();
        let (account, key) = (issued["account"].as_str().unwrap(), issued["key"].as_str().unwrap());
        if micro_usd > 0 {
            let usd = format!("{}.{:06}", micro_usd / 1_000_000, micro_usd % 1_000_000);
            let grant = ["credits", "grant", "--account", account, "--amount", &usd, "--reference", "test"];
            self.cli(&grant).expect(0);
        }
        self.anonymous().with_key(key)
    }

    /// Runs a command of the product against this installation.
    pub(crate) fn cli(&self, arguments: &[&str]) -> Said {
        cli::run(&self.settings, arguments)
    }

    /// The books as they stand; fails the test if they do not balance.
    pub(crate) fn books(&self) -> Books {
        Books::parse(&self.cli(&["ledger", "trial-balance", "--json"]).expect(0).json())
    }

    /// Waits until every charge has its end, and returns the books.
    pub(crate) async fn settled(&self) -> Books {
        wait::until("every charge has its end", async || {
            let books = self.books();
            (books.unearned == 0).then_some(books)
        })
        .await
    }

    /// Where the processes and the servers keep all that they keep.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    fn port(&mut self, name: &str) -> u16 {
        *self.ports.entry(name.to_owned()).or_insert_with(port::free)
    }
}

/// The subject whose serving shows that a worker is up. The bus forgets a killed one as its connection closes.
fn subject(name: &str) -> Option<&'static str> {
    match name.split('-').next().unwrap() {
        "payments" => Some("cmd.payments.authorize"),
        "code" => Some("cmd.tool.code"),
        "fetch" => Some("cmd.tool.fetch"),
        "ping" => Some("cmd.tool.ping"),
        "ai" => Some("cmd.tool.ai"),
        _ => None,
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // A test that has failed has said why; what it left behind would only drown that.
        if std::thread::panicking() || self.roles.is_empty() {
            return;
        }
        let settled = || (self.books().unearned == 0).then_some(());
        wait::blocking(wait::DEADLINE, "every charge has its end when the test is over", settled);
    }
}
