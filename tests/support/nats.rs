//! A private NATS server with JetStream, on a port and a store that survive its restarts.

use std::net::TcpStream;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::process::{Process, bound};
use super::{http, port, repository};

/// A NATS server of this test alone.
pub(crate) struct Nats {
    port: u16,
    monitor: u16,
    dir: PathBuf,
    server: Process,
}

impl Nats {
    /// Starts a server whose store and log are kept under `dir`.
    pub(crate) async fn start(dir: &Path) -> Self {
        let (port, monitor) = (port::free(), port::free());
        let server = spawn(port, monitor, dir).await;
        Self { port, monitor, dir: dir.to_owned(), server }
    }

    /// Kills the server (`kill -9`) and leaves its store as it was.
    pub(crate) fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts the server again on its port and its store.
    pub(crate) async fn restart(&mut self) {
        self.server = spawn(self.port, self.monitor, &self.dir).await;
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.server.id()
    }

    /// Where clients connect.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// How many processes serve a subject.
    pub(crate) async fn servers_of(&self, subject: &str) -> usize {
        self.subscriptions(subject).await.len()
    }

    /// How many messages have been handed to those who serve a subject.
    pub(crate) async fn delivered_on(&self, subject: &str) -> u64 {
        self.subscriptions(subject).await.iter().map(|one| one["msgs"].as_u64().unwrap()).sum()
    }

    async fn subscriptions(&self, subject: &str) -> Vec<Value> {
        let url = format!("http://127.0.0.1:{}/connz?subs=detail&limit=1000", self.monitor);
        let told: Value = http::plain().get(url).send().await.unwrap().json().await.unwrap();
        let connections = told["connections"].as_array().unwrap().iter();
        let subscriptions = connections.filter_map(|one| one["subscriptions_list_detail"].as_array()).flatten();
        subscriptions.filter(|one| one["subject"] == subject).cloned().collect()
    }
}

async fn spawn(port: u16, monitor: u16, dir: &Path) -> Process {
    let mut command = bound(repository().join("target/venv/bin/nats-server"));
    command.args(["-a", "127.0.0.1", "-p", &port.to_string(), "-m", &monitor.to_string()]);
    command.arg("-js").arg("-sd").arg(dir.join("nats"));
    let mut server = Process::spawn("nats", dir, &mut command);
    let accepts = |port| TcpStream::connect(("127.0.0.1", port)).ok();
    server.ready(async |_| accepts(port).and_then(|_| accepts(monitor))).await;
    server
}
