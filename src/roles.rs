//! The roles of a process: each takes what it needs from the configuration, runs until the shutdown, and finishes
//! what is in flight.

pub(crate) mod ai;
pub(crate) mod api;
pub(crate) mod code;
pub(crate) mod fetch;
pub(crate) mod payments;
pub(crate) mod ping;
pub(crate) mod projector;
pub(crate) mod serve;

mod demo;
mod keeper;
mod shutdown;

use std::path::PathBuf;

use aipaygen_bus::{Backend, SharedBus};
use aipaygen_catalog::{Catalog, Models};
use aipaygen_events::api_key::Pepper;
use aipaygen_journal::Journal;
use aipaygen_journal::db::Db;
use aipaygen_payments::Clock;
use aipaygen_vault::Vault;
use anyhow::Context;
use serde::Deserialize;

use crate::config::Config;

pub(crate) use shutdown::Settings as ShutdownSettings;

/// The file of the catalogue's directory that is no tool, but a table of models.
const MODELS: &str = "models.toml";

/// The section `catalog`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CatalogSettings {
    /// A directory of further tools, one TOML file each, and of models in `models.toml`; empty for none.
    pub dir: PathBuf,
}

/// Creates or upgrades the tables of the log, of the read models and of the vault.
pub(crate) async fn migrate(config: &Config) -> anyhow::Result<()> {
    aipaygen_journal::migrate(&config.database).await.context("cannot migrate the database")
}

/// The log, open for appending.
pub(crate) async fn journal(config: &Config, clock: &Clock) -> anyhow::Result<Journal> {
    let clock = clock.clone();
    Ok(Journal::open(&config.database, move || clock.now()).await?)
}

/// What must be kept and must not be read, opened by the configured keys.
pub(crate) async fn vault(config: &Config) -> anyhow::Result<Vault> {
    let db = Db::open_vault(&config.database).await.context("cannot open the vault")?;
    Vault::try_new(db, &config.vault).context("vault")
}

/// The secret under which API keys are hashed.
fn pepper(config: &Config) -> anyhow::Result<Pepper> {
    Pepper::parse(config.payments.key_pepper.clone()).with_context(|| {
        format!("payments.key_pepper must have at least {} characters, the same for every role", Pepper::LEN_MIN)
    })
}

/// The bus of a single role, which the in-process bus cannot be: nobody would be at its other end.
async fn shared_bus(config: &Config, role: &str) -> anyhow::Result<SharedBus> {
    anyhow::ensure!(
        config.bus.backend == Backend::Nats,
        "the role {role} talks to the other roles over NATS, and bus.backend is \"local\", which ends at this \
         process: set bus.backend = \"nats\" and bus.url, or run every role at once with `aipaygen serve`"
    );
    Ok(aipaygen_bus::open(&config.bus).await?)
}

/// The tools that come with the program, and those of the operator's directory.
pub(crate) fn catalog(settings: &CatalogSettings) -> anyhow::Result<Catalog> {
    let (mut own, mut models) = (Vec::new(), Models::built_in()?);
    if !settings.dir.as_os_str().is_empty() {
        let entries = std::fs::read_dir(&settings.dir)
            .with_context(|| format!("catalog.dir: cannot read {}", settings.dir.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let text =
                    std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
                if path.file_name().is_some_and(|name| name == MODELS) {
                    models.add(&text).with_context(|| path.display().to_string())?;
                } else {
                    own.push((path.display().to_string(), text));
                }
            }
        }
    }
    let mut catalog = Catalog::built_in_over(models)?;
    for (file, text) in &own {
        catalog.add(file, text)?;
    }
    Ok(catalog)
}
