//! What a hostile program must not change or learn: this process, and the machine it runs on.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use aipaygen_code::Outcome;

/// The file that hostile programs try to leave behind.
const ESCAPED: &str = "/tmp/aipaygen-escaped";

/// The state of the host as far as a program could have changed it.
#[derive(PartialEq, Eq)]
pub(crate) struct Host {
    descriptors: Vec<String>,
    children: String,
    environment: BTreeMap<String, String>,
    directory: PathBuf,
    files: Vec<PathBuf>,
    escaped: bool,
}

impl Host {
    pub(crate) fn now() -> Self {
        let directory = env::current_dir().unwrap();
        Self {
            descriptors: descriptors(),
            children: fs::read_to_string("/proc/thread-self/children").unwrap_or_default(),
            environment: env::vars().collect(),
            files: list(&directory),
            directory,
            escaped: Path::new(ESCAPED).exists(),
        }
    }
}

/// What each open descriptor stands for, but for the one that reads the list.
fn descriptors() -> Vec<String> {
    let links = fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    let mut names: Vec<_> = links.map(|link| link.display().to_string()).collect();
    names.retain(|name| !name.ends_with("/fd"));
    names.sort();
    names
}

fn list(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Whatever a program was told about the host by mistake.
pub(crate) fn learnt(outcome: &Outcome) -> Option<String> {
    let told = format!("{}{}{:?}{:?}", outcome.stdout, outcome.stderr, outcome.value, outcome.failure);
    let secrets = env::vars().filter(|(_, value)| value.len() > 8).map(|(_, value)| value);
    let files = ["root:x:0:0".to_owned(), env!("CARGO_MANIFEST_DIR").to_owned()];
    secrets.chain(files).find(|secret| told.contains(secret))
}
