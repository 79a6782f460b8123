//! Logs: one line an event on standard error, text or JSON, at the levels that the configuration names.
//!
//! What may be logged is decided where it is logged: no crate hands a payload, a secret or an address to
//! `tracing`, and the acceptance suite looks for canaries in what comes out here.

use std::io::IsTerminal;

use serde::Deserialize;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

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

/// Starts logging for this process. A panic is logged by its place alone: its text may quote what was worked on.
pub(crate) fn init(settings: &Settings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.level).map_err(|error| anyhow::anyhow!("log.level: {error}"))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match settings.format {
        Format::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        Format::Json => lines.json().boxed(),
    };
    // A second start in one process (tests of the library) keeps the first.
    let _ = tracing_subscriber::registry().with(filter).with(lines.with_filter(filter_fn(may_be_logged))).try_init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
    Ok(())
}

/// Below `info` other people's crates log what passes through them, whatever the configuration asks for: a client of
/// NATS its messages, one of HTTP its headers.
fn may_be_logged(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || metadata.target().starts_with("aipaygen")
}
