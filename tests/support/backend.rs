//! On which backends a test runs.

use std::path::Path;

use super::nats::Nats;
use super::postgres::{Fsync, Postgres};

/// The two ways in which the product runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// SQLite and the in-process bus, one process.
    Embedded,
    /// Postgres and NATS, a process for each role.
    Distributed,
}

impl Backend {
    /// What `AIPAYGEN_TEST_BACKEND` says; embedded if it says nothing.
    pub(crate) fn of_this_run() -> Self {
        match std::env::var("AIPAYGEN_TEST_BACKEND").as_deref() {
            Ok("distributed") => Self::Distributed,
            Ok("embedded") | Err(_) => Self::Embedded,
            Ok(other) => panic!("AIPAYGEN_TEST_BACKEND is {other}: embedded or distributed"),
        }
    }

    /// The names of the processes; the part up to a `-` says which role.
    pub(crate) fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Embedded => &["serve"],
            Self::Distributed => &["payments", "code", "fetch", "ping", "ai", "projector", "api"],
        }
    }
}

/// The servers that a distributed run stands on.
pub(crate) struct Servers {
    pub(crate) postgres: Postgres,
    pub(crate) nats: Nats,
}

impl Servers {
    /// Starts both, private to one test, with everything that they write below `dir`.
    pub(crate) async fn start(dir: &Path, fsync: Fsync) -> Self {
        Self { postgres: Postgres::start(dir, fsync).await, nats: Nats::start(dir).await }
    }

    /// What tells the product where they are.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let settings = [
            ("DATABASE__URL", self.postgres.url()),
            ("BUS__BACKEND", "nats".to_owned()),
            ("BUS__URL", self.nats.url()),
            ("PAYMENTS__KEY_PEPPER", "a pepper for tests, of thirty-two characters or more".to_owned()),
            ("VAULT__KEYS", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".to_owned()),
            ("PAYMENTS__RECEIPT_SIGNING_KEY", "dGhpcnR5LXR3byBieXRlcyBmb3IgdGVzdHMgb25seSE=".to_owned()),
        ];
        settings.map(|(name, value)| (format!("AIPAYGEN_{name}"), value)).into()
    }
}
