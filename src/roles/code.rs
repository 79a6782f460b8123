//! The role `worker code`: strangers' programs, in a process without a database and without a secret.

use aipaygen_bus::SharedBus;
use aipaygen_code::{Deps, Settings, Worker};

use super::{shared_bus, shutdown};
use crate::config::Config;

/// Runs the role by itself.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    let shutdown = shutdown::requested()?;
    let bus = shared_bus(&config, "worker code").await?;
    let worker = start(&bus, config.code.clone()).await?;
    shutdown::within_grace(&config.shutdown, shutdown.clone(), async {
        shutdown.cancelled().await;
        worker.drain().await;
        Ok(())
    })
    .await
}

/// Starts the worker; when this returns it can be reached.
pub(super) async fn start(bus: &SharedBus, settings: Settings) -> anyhow::Result<Worker> {
    Ok(Worker::start(Deps { bus: bus.clone(), settings }).await?)
}
