//! The role `serve`: every role in one process. On the embedded default nothing else is needed.

use aipaygen_journal::Journal;
use aipaygen_journal::db::Db;
use aipaygen_payments::Clock;
use aipaygen_projections::Reader;
use tokio_util::sync::CancellationToken;

use super::{ai, api, code, demo, fetch, journal, keeper, migrate, payments, ping, projector, shutdown};
use crate::config::Config;

/// Runs every role until the shutdown.
pub(crate) async fn run(config: Config, json: bool) -> anyhow::Result<()> {
    let shutdown = shutdown::requested()?;
    let config = if config.is_embedded() { prepared(config).await? } else { config };
    let clock = Clock::system();
    let journal = journal(&config, &clock).await?;
    let roles = all(&config, json, journal, clock, shutdown.clone());
    shutdown::within_grace(&config.shutdown, shutdown, roles).await
}

/// The data directory, its secrets and its tables.
async fn prepared(config: Config) -> anyhow::Result<Config> {
    let config = config.with_data_dir()?;
    migrate(&config).await?;
    Ok(config)
}

/// Starts the workers before the ingress, so that its first caller is served, and stops the ingress before them, so
/// that its last caller is.
async fn all(
    config: &Config,
    json: bool,
    journal: Journal,
    clock: Clock,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let bus = aipaygen_bus::open(&config.bus).await?;
    let reader = Reader::new(Db::open_reading(&config.database).await?);
    let stop_projector = CancellationToken::new();
    let deps = projector::deps(config, journal.reader().clone()).await?;
    let projector = tokio::spawn(aipaygen_projections::run(deps, stop_projector.clone()));
    let payments = payments::start(config, bus.clone(), journal.clone(), reader.clone(), clock.clone()).await?;
    let keeper = keeper::start(config, bus.clone(), &journal, reader.clone(), clock.clone()).await?;
    let code = code::start(&bus, config).await?;
    let fetch = fetch::start(&bus, config).await?;
    let ping = ping::start(&bus, config.ping).await?;
    let ai = ai::start(&bus, config).await?;

    let ingress = api::bind(config, bus.clone(), reader.clone(), journal.reader().clone()).await?;
    // A key is shown once: it is made only when nothing is left that could keep it from being shown.
    let key = demo::key_of_first_start(config, &journal, &reader, clock).await?;
    api::announce(&ingress, key, json)?;
    let served = ingress.run(shutdown).await;

    keeper.drain().await;
    code.drain().await;
    fetch.drain().await;
    ping.drain().await;
    ai.drain().await;
    payments.drain().await;
    bus.drain().await?;
    stop_projector.cancel();
    projector.await?;
    journal.close().await;
    Ok(served?)
}
