//! The command line of the product, run beside the processes that serve.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::process::bound;

/// The program that the tests are about.
pub(crate) const AIPAYGEN: &str = env!("CARGO_BIN_EXE_aipaygen");

/// Variables of the environment, the only ones that a process gets besides the path.
pub(crate) type Settings = Vec<(String, String)>;

/// What a command has said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// Fails the test unless the command ended with this code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs `aipaygen` with these arguments to its end.
pub(crate) fn run(settings: &Settings, arguments: &[&str]) -> Said {
    let output = aipaygen(settings).args(arguments).output().unwrap();
    Said {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// `aipaygen` with nothing in its environment but these settings.
pub(crate) fn aipaygen(settings: &Settings) -> Command {
    let mut command = bound(AIPAYGEN);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.envs(settings.iter().map(|(name, value)| (name, value)));
    command
}

/// The settings that every process of a test shares: its data directory, where temporary files go, and an
/// operator's address that no other process has taken.
pub(crate) fn settings(dir: &Path) -> Settings {
    let place = |name: &str, path: &str| (name.to_owned(), dir.join(path).to_str().unwrap().to_owned());
    let admin = ("AIPAYGEN_SERVER__ADMIN_LISTEN".to_owned(), "127.0.0.1:0".to_owned());
    vec![place("AIPAYGEN_DATA_DIR", "data"), place("TMPDIR", "tmp"), admin]
}
