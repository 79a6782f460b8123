//! The product under test: all its roles, on the backends of this run, with a caller who can pay.
//!
//! Dropping it asserts that nothing is in flight and that the books balance.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use super::backend::{Backend, Servers};
use super::books;
use super::cli::{self, Said, Settings, aipaygen};
use super::http::Client;
use super::process::Process;
use super::{open_to_all, port, wait};

/// All roles, running.
pub(crate) struct App {
    settings: Settings,
    ports: BTreeMap<String, u16>,
    roles: BTreeMap<String, Process>,
    caller: Client,
    /// Last, so that the servers outlive the roles, and the files outlive both.
    pub(crate) servers: Option<Servers>,
    dir: TempDir,
}
