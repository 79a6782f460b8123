//! The node: started on a free port, prepared as Base is, and stopped when it is dropped.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aipaygen_x402::{Address, Network};
use alloy_primitives::address;

/// When blocks come.
#[derive(Clone, Copy, Debug)]
pub enum Mining {
    /// One for each transaction, at once.
    AtOnce,
    /// One every so many seconds, as on a real chain.
    Every(Duration),
    /// None but those that a test makes.
    ByHand,
}

/// A chain of this test alone.
pub struct TestChain {
    network: Network,
    url: String,
    pub(crate) http: reqwest::Client,
    node: Child,
}

impl TestChain {
    /// A chain that tells itself by the id of this network, with USDC where that network has it.
    pub async fn start(network: Network, mining: Mining) -> Self {
        let mut node = spawn(network, mining);
        let url = format!("http://127.0.0.1:{}", port(&mut node));
        // The one TLS provider: reqwest asks for it even where nothing is encrypted. A second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let chain = Self { network, url, http, node };
        chain.place_token().await;
        chain
    }

    /// Where its JSON-RPC is served.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The network whose id it has.
    #[must_use]
    pub const fn network(&self) -> Network {
        self.network
    }

    /// The first of the accounts that the node holds the keys of; it owns and mints the token, and pays gas.
    #[must_use]
    pub const fn operator(&self) -> Address {
        address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
    }

    /// The id of the node's process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.node.id()
    }
}

impl Drop for TestChain {
    fn drop(&mut self) {
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

/// Where `scripts/setup.sh test` has put the packages of npm.
pub(crate) fn packages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/npm/node_modules")
}

/// Killed by the kernel when the thread that starts it is gone: a test that is itself killed leaves nothing behind.
fn spawn(network: Network, mining: Mining) -> Child {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(packages().join("@foundry-rs/anvil-linux-amd64/bin/anvil"));
    command.args(["--host", "127.0.0.1", "--port", "0", "--chain-id", &network.chain_id().to_string()]);
    match mining {
        Mining::AtOnce => {}
        Mining::Every(pause) => {
            command.args(["--block-time", &pause.as_secs().to_string()]);
        }
        Mining::ByHand => {
            command.arg("--no-mining");
        }
    }
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    spawned.expect("anvil is installed by `scripts/setup.sh test`")
}

/// The port that the node says it listens on. What it says later is read and dropped, so that it never waits for us.
fn port(node: &mut Child) -> u16 {
    let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
    let listening = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("Listening on "));
    std::thread::spawn(move || lines.for_each(drop));
    let line = listening.expect("anvil says where it listens; is it installed by `scripts/setup.sh test`?");
    line.rsplit_once(':').unwrap().1.parse().unwrap()
}
