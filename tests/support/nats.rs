//! A private NATS server with JetStream, on a port and a store that survive its restarts.

use std::net::TcpStream;
use std::path::{Path, PathBuf};

use super::process::{Process, bound};
use super::{port, repository};

/// A NATS server of this test alone.
pub(crate) struct Nats {
    port: u16,
    store: PathBuf,
    logs: PathBuf,
    server: Process,
}

impl Nats {
    /// Starts a server whose store and log are kept under `dir`.
    pub(crate) async fn start(dir: &Path) -> Self {
        let (port, store) = (port::free(), dir.join("nats"));
        let server = spawn(port, &store, dir).await;
        Self { port, store, logs: dir.to_owned(), server }
    }

    /// Kills the server (`kill -9`) and leaves its store as it was.
    pub(crate) fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts the server again on its port and its store.
    pub(crate) async fn restart(&mut self) {
        self.server = spawn(self.port, &self.store, &self.logs).await;
    }

    /// Where clients connect.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Where JetStream keeps its files.
    pub(crate) fn store(&self) -> &Path {
        &self.store
    }
}

async fn spawn(port: u16, store: &Path, logs: &Path) -> Process {
    let mut command = bound(repository().join("target/venv/bin/nats-server"));
    command.args(["-a", "127.0.0.1", "-js", "-p", &port.to_string(), "-sd"]).arg(store);
    let mut server = Process::spawn("nats", logs, &mut command);
    server.ready(async |_| TcpStream::connect(("127.0.0.1", port)).ok()).await;
    server
}
