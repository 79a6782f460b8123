//! The role `worker payments`: the only writer of the log.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_bus::SharedBus;
use aipaygen_journal::Journal;
use aipaygen_journal::db::Db;
use aipaygen_payments::x402::{Settlements, SettlementsError, Watch};
use aipaygen_payments::{Clock, Deps, Settles, Worker};
use aipaygen_projections::Reader;
use anyhow::Context;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

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

/// A payments worker, and the watch over what it has settled.
pub(super) struct Running {
    worker: Worker,
    stop_watching: CancellationToken,
    watching: Option<JoinHandle<()>>,
}

impl Running {
    /// Takes nothing more, and returns when what was taken is answered.
    pub(super) async fn drain(self) {
        self.stop_watching.cancel();
        self.worker.drain().await;
        if let Some(watching) = self.watching {
            // It panics only if the log breaks the rules of money, and then it has said so.
            let _ = watching.await;
        }
    }
}

/// Starts the worker; when this returns it can be reached.
pub(super) async fn start(
    config: &Config,
    bus: SharedBus,
    journal: Journal,
    reader: Reader,
    clock: Clock,
) -> anyhow::Result<Running> {
    let settings = config.payments.clone();
    let settlements = settlements(config).await.context("x402")?;
    let stop_watching = CancellationToken::new();
    let watching = settlements.as_ref().map(|settlements| {
        let watch = Watch::new(Arc::clone(settlements), journal.clone(), reader.clone());
        let interval = Duration::from_millis(config.x402.watch_interval_ms);
        tokio::spawn(watch.run(interval, stop_watching.clone()))
    });
    let chain = settlements.map(|settlements| settlements as Arc<dyn Settles>);
    let worker = Worker::start(Deps { bus, journal, reader, settings, clock, chain }).await?;
    Ok(Running { worker, stop_watching, watching })
}

/// What settles x402 payments, if anybody is to be paid. A node that is on another chain stops the start; one that is
/// away does not, since prepaid calls need none.
async fn settlements(config: &Config) -> anyhow::Result<Option<Arc<Settlements>>> {
    let Some(settlements) = Settlements::try_new(&config.x402)? else { return Ok(None) };
    match settlements.init().await {
        Ok(()) => {}
        Err(error @ SettlementsError::Unreachable) => {
            tracing::error!(%error, "x402 payments are not taken until it does")
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Some(Arc::new(settlements)))
}
