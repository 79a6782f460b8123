//! The role `worker payments`: the only writer of the log.

use aipaygen_bus::SharedBus;
use aipaygen_journal::Journal;
use aipaygen_journal::db::Db;
use aipaygen_payments::{Clock, Deps, Worker};
use aipaygen_projections::Reader;

use super::{journal, keeper, shared_bus, shutdown};
use crate::config::Config;

/// Runs the role by itself.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    let shutdown = shutdown::requested()?;
    let bus = shared_bus(&config, "worker payments").await?;
    let clock = Clock::system();
    let journal = journal(&config, &clock).await?;
    let reader = Reader::new(Db::open_reading(&config.database).await?);
    let keeper = keeper::start(&config, bus.clone(), &journal, reader.clone(), clock.clone()).await?;
    let worker = start(&config, bus, journal.clone(), reader, clock).await?;
    shutdown::within_grace(&config.shutdown, shutdown.clone(), async {
        shutdown.cancelled().await;
        keeper.drain().await;
        worker.drain().await;
        journal.close().await;
        Ok(())
    })
    .await
}

/// Starts the worker; when this returns it can be reached.
pub(super) async fn start(
    config: &Config,
    bus: SharedBus,
    journal: Journal,
    reader: Reader,
    clock: Clock,
) -> anyhow::Result<Worker> {
    let settings = config.payments.clone();
    Ok(Worker::start(Deps { bus, journal, reader, settings, clock, chain: None }).await?)
}
