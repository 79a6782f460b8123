//! The configuration: the shipped, commented `config.default.toml`, overridden by a file, `AIPAYGEN_<SECTION>__<KEY>`
//! variables and the command line, in this order. A secret that none of them sets comes from the data directory.
//!
//! The only place that reads the environment. An unknown key fails the start by name.

mod print;
mod secrets;
mod validate;

use std::path::{Path, PathBuf};

use anyhow::Context;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::{logging, roles};

const DEFAULT: &str = include_str!("../config.default.toml");

/// Everything that can be configured. Each section belongs to the crate that it configures.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where the embedded databases and the generated secrets live.
    pub data_dir: PathBuf,
    /// The HTTP ingress.
    pub server: aipaygen_api::Settings,
    /// The event log and the read models.
    pub database: aipaygen_journal::Settings,
    /// Commands and their replies.
    pub bus: aipaygen_bus::Settings,
    /// The payments workers.
    pub payments: aipaygen_payments::Settings,
    /// Payments by strangers.
    pub x402: aipaygen_x402::Settings,
    /// The read models.
    pub projections: aipaygen_projections::Settings,
    /// The Python sandbox.
    pub code: aipaygen_code::Settings,
    /// Fetches of web pages.
    pub fetch: aipaygen_fetch::Settings,
    /// The provider of searches.
    pub search: aipaygen_fetch::SearchSettings,
    /// The AI tools.
    pub ai: aipaygen_ai::Settings,
    /// The worker of the tool `ping`.
    pub ping: roles::ping::Settings,
    /// What must be kept and must not be read.
    pub vault: aipaygen_vault::Settings,
    /// The catalogue of third parties' APIs.
    pub apis: aipaygen_keeper::ApiSettings,
    /// Webhooks.
    pub webhooks: aipaygen_keeper::WebhookSettings,
    /// What is sold.
    pub catalog: roles::CatalogSettings,
    /// Logs.
    pub log: logging::Settings,
    /// Stopping.
    pub shutdown: roles::ShutdownSettings,
    #[serde(skip)]
    merged: Figment,
}

impl Config {
    /// Reads the configuration from all its places.
    pub(crate) fn load(file: Option<&Path>, data_dir: Option<&Path>, listen: Option<&str>) -> anyhow::Result<Self> {
        let mut figment = Figment::from(Toml::string(DEFAULT));
        if listen.is_some_and(|address| address.ends_with(":0")) {
            // Who asks for a free port for callers does not want a fixed one for the operator.
            figment = figment.merge(Serialized::default("server.admin_listen", "127.0.0.1:0"));
        }
        if let Some(file) = file {
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            figment = figment.merge(Toml::string(&text));
        }
        // Other variables of the prefix name no section: they belong to the command line.
        let sections = |key: &figment::value::UncasedStr| key.as_str().contains("__");
        figment = figment.merge(Env::prefixed("AIPAYGEN_").filter(sections).split("__"));
        if let Some(data_dir) = data_dir {
            figment = figment.merge(Serialized::default("data_dir", data_dir));
        }
        if let Some(listen) = listen {
            figment = figment.merge(Serialized::default("server.listen", listen));
        }
        Self::extract(figment)
    }

    fn extract(figment: Figment) -> anyhow::Result<Self> {
        let data_dir: PathBuf = figment.extract_inner("data_dir").context("configuration")?;
        let figment = secrets::over(figment, &data_dir)?;
        let mut config: Self = figment.extract().context("configuration")?;
        if config.database.url.expose_secret().is_empty() {
            config.database.url = format!("sqlite://{}", config.data_dir.display()).into();
        }
        config.merged = figment;
        Ok(config)
    }

    /// Whether the log is in the data directory, and nobody else prepares it.
    #[must_use]
    pub(crate) fn is_embedded(&self) -> bool {
        self.database.url.expose_secret().starts_with("sqlite://")
    }

    /// Makes what the embedded default needs: the data directory and its secrets. Returns the configuration with
    /// them.
    pub(crate) fn with_data_dir(self) -> anyhow::Result<Self> {
        secrets::generate(&self.data_dir)?;
        Self::extract(self.merged)
    }

    /// The whole configuration as TOML, with every secret redacted.
    pub(crate) fn print(&self) -> anyhow::Result<String> {
        print::redacted(&self.merged)
    }
}
