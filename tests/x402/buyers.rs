//! The official buyers, each a process of its own, and where all peers are installed.

use std::path::PathBuf;
use std::process::Command;

use aipaygen_testchain::Wallet;
use serde_json::Value;

use crate::support::process::bound;
use crate::support::repository;

/// A buyer that others have written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Buyer {
    /// npm `@x402/fetch`.
    NpmV2,
    /// npm `x402-fetch`.
    NpmV1,
    /// PyPI `x402` 2.
    PyPiV2,
    /// PyPI `x402` 1.
    PyPiV1,
}

/// What a buyer got in the end.
#[derive(Debug)]
pub(crate) struct Bought {
    pub(crate) status: u64,
    headers: Value,
    pub(crate) body: Value,
}

impl Buyer {
    pub(crate) const ALL: [Self; 4] = [Self::NpmV2, Self::NpmV1, Self::PyPiV2, Self::PyPiV1];

    /// Buys what answers at this URL, with what it finds there alone.
    pub(crate) async fn buy(self, url: String, wallet: &Wallet, body: &Value) -> Bought {
        let mut command = match self {
            Self::NpmV2 => peer("buy_v2.mjs"),
            Self::NpmV1 => peer("buy_v1.mjs"),
            Self::PyPiV2 => peer("buy_v2.py"),
            Self::PyPiV1 => peer("buy_v1.py"),
        };
        command.args([url, wallet.private_key(), body.to_string()]);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{self:?}: {said}");
        let got: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{self:?}: {e}: {said}"));
        Bought { status: got["status"].as_u64().unwrap(), headers: got["headers"].clone(), body: got["body"].clone() }
    }
}

impl Bought {
    /// A header, or an empty text without it.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].as_str().unwrap_or_default()
    }
}

/// The command that runs a script of ours beside the packages that `scripts/setup.sh` has installed. It sees nothing of
/// the environment but the path.
pub(crate) fn peer(script: &str) -> Command {
    let target = repository().join("target");
    let (python, npm) = (target.join("x402"), target.join("npm"));
    let mut command = if script.ends_with(".py") {
        let mut command = bound(python.join("venv/bin/python"));
        command.arg(repository().join("tests/x402/peers").join(script));
        command
    } else {
        let mut command = bound("node");
        // Modules are looked for beside the path that is given, not where the link leads.
        command.args(["--preserve-symlinks", "--preserve-symlinks-main"]).arg(npm.join("peers").join(script));
        command
    };
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    if script == "buy_v1.py" {
        command.env("PYTHONPATH", PathBuf::from(&python).join("v1"));
    }
    command
}
