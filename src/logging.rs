//! Logs: one line an event on standard error, text or JSON, at the levels that the configuration names.
//!
//! What may be logged is decided where it is logged: no crate hands a payload, a secret or an address to
//! `tracing`, and the acceptance suite looks for canaries in what comes out here.

use std::io::IsTerminal;

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// The section `log`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Directives such as `info,aipaygen_bus=debug`.
    pub level: String,
    /// How a line is written.
    pub format: Format,
}

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

impl Settings {
    /// The same settings, for a process that this one starts.
    pub(crate) fn as_environment(&self) -> [(&'static str, String); 2] {
        let format = match self.format {
            Format::Text => "text",
            Format::Json => "json",
        };
        [("AIPAYGEN_LOG__LEVEL", self.level.clone()), ("AIPAYGEN_LOG__FORMAT", format.to_owned())]
    }
}

/// Starts logging for this process.
pub(crate) fn init(settings: &Settings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.level).map_err(|error| anyhow::anyhow!("log.level: {error}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process (tests of the library) keeps the first.
    let _ = match settings.format {
        Format::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
        Format::Json => builder.json().try_init(),
    };
    Ok(())
}
