//! A private NATS server with JetStream, on a port and a store that survive its restarts.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::wait::until;

/// A NATS server of one test, killed on drop.
pub(crate) struct NatsServer {
    port: u16,
    dir: TempDir,
    process: Child,
}

impl NatsServer {
    /// Starts a server on a free port with an empty store.
    pub(crate) async fn start() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let dir = tempfile::tempdir().unwrap();
        let process = spawn(port, dir.path());
        let server = Self { port, dir, process };
        server.ready().await;
        server
    }

    /// Where clients connect.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts the killed server again, on its port and its store.
    pub(crate) async fn restart(&mut self) {
        self.process = spawn(self.port, self.dir.path());
        self.ready().await;
    }

    /// The same, after its disk was lost.
    pub(crate) async fn restart_empty(&mut self) {
        self.dir = tempfile::tempdir().unwrap();
        self.restart().await;
    }

    async fn ready(&self) {
        until("nats-server listens", async || TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()).await;
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        // It may have been killed by the test.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The kernel kills it with the thread that starts it, so that a killed test leaves nothing behind.
fn spawn(port: u16, store: &Path) -> Child {
    Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "--"])
        .arg(binary())
        .args(["-a", "127.0.0.1", "-js", "-p", &port.to_string(), "-sd"])
        .arg(store)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("nats-server starts; `make test` installs it, or NATS_SERVER_BIN names it")
}

fn binary() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::env::var_os("NATS_SERVER_BIN").map_or_else(|| workspace.join("target/venv/bin/nats-server"), PathBuf::from)
}
