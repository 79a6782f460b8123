//! How the database is reached, and how much may wait for it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sqlx::postgres::PgConnectOptions;

/// The section `database` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `postgres://user:password@host:port/database`, or `sqlite://` and a directory, which holds `log.db`,
    /// `read.db` and `vault.db`.
    pub url: SecretString,
    /// Connections that read the log, and as many that read the read models. Writing has its own.
    pub read_connections_max: u32,
    /// Appends that may wait for the writer; one more is refused as overload.
    pub append_queue_max: usize,
    /// Appends that are committed together at most.
    pub batch_appends_max: usize,
    /// How often the log is asked for appends of other processes. On Postgres a notification comes first.
    pub poll_interval_ms: u64,
    /// How long the database may be away or silent before who waits for it is told so.
    pub unavailable_after_ms: u64,
}

/// Which database a URL names.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Postgres(Box<PgConnectOptions>),
    Sqlite(PathBuf),
}

/// A URL that names no database of a kind we keep.
#[derive(Debug, thiserror::Error)]
#[error("the database URL must be postgres://user@host/database or sqlite:// and a directory")]
pub struct UrlError;

impl Settings {
    /// Checks what the types do not: that the URL names a database of a kind we keep.
    pub fn validate(&self) -> Result<(), UrlError> {
        self.place().map(|_place| ())
    }

    pub(crate) fn place(&self) -> Result<Place, UrlError> {
        let url = self.url.expose_secret();
        if let Some(directory) = url.strip_prefix("sqlite://") {
            return if directory.is_empty() { Err(UrlError) } else { Ok(Place::Sqlite(directory.into())) };
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(UrlError);
        }
        // The parser's error may quote the URL, which holds a password.
        url.parse().map(|options| Place::Postgres(Box::new(options))).map_err(|_| UrlError)
    }

    pub(crate) const fn poll_interval(&self) -> Duration {
        Duration::from_millis(self.poll_interval_ms)
    }

    pub(crate) const fn unavailable_after(&self) -> Duration {
        Duration::from_millis(self.unavailable_after_ms)
    }
}

pub(crate) fn log_file(directory: &Path) -> PathBuf {
    directory.join("log.db")
}

pub(crate) fn read_file(directory: &Path) -> PathBuf {
    directory.join("read.db")
}

pub(crate) fn vault_file(directory: &Path) -> PathBuf {
    directory.join("vault.db")
}
