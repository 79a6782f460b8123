//! What the acceptance tests stand on: real servers, real processes, one HTTP client, and waiting
//! with a deadline.

pub(crate) mod app;
pub(crate) mod backend;
pub(crate) mod books;
pub(crate) mod cli;
pub(crate) mod fake_dialects;
pub(crate) mod fake_provider;
pub(crate) mod http;
pub(crate) mod load;
pub(crate) mod nats;
pub(crate) mod port;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod receipt;
pub(crate) mod receiver;
pub(crate) mod scan;
pub(crate) mod site;
pub(crate) mod told;
pub(crate) mod wait;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The root of the repository, where the tests find the servers that `make` installed.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Lets a server that runs as another user pass through a temporary directory.
pub(crate) fn open_to_all(dir: &Path) {
    fs::set_permissions(dir, Permissions::from_mode(0o777)).unwrap();
}
