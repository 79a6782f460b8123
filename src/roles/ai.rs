//! The role `worker ai`: the AI tools, answered by providers or by the models that this program brings along.

use std::sync::Arc;

use aipaygen_ai::{Deps, Worker};
use aipaygen_bus::SharedBus;

use super::{catalog, shared_bus, shutdown};
use crate::config::Config;

/// Runs the role by itself.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    let shutdown = shutdown::requested()?;
    let bus = shared_bus(&config, "worker ai").await?;
    let worker = start(&bus, &config).await?;
    shutdown::within_grace(&config.shutdown, shutdown.clone(), async {
        shutdown.cancelled().await;
        worker.drain().await;
        Ok(())
    })
    .await
}

/// Starts the worker; when this returns it can be reached.
pub(super) async fn start(bus: &SharedBus, config: &Config) -> anyhow::Result<Worker> {
    let catalog = Arc::new(catalog(&config.catalog)?);
    Ok(Worker::start(Deps { bus: bus.clone(), catalog, settings: config.ai.clone() }).await?)
}
