//! The role `worker code`: strangers' programs, in a process without a database and without a secret, whichever roles
//! its parent has.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use aipaygen_bus::SharedBus;
use aipaygen_code::{Deps, Worker};

use super::{shared_bus, shutdown};
use crate::config::Config;

/// Runs the role by itself.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    let shutdown = shutdown::requested()?;
    let bus = shared_bus(&config, "worker code").await?;
    let worker = start(&bus, &config).await?;
    shutdown::within_grace(&config.shutdown, shutdown.clone(), async {
        shutdown.cancelled().await;
        worker.drain().await;
        Ok(())
    })
    .await
}

/// Starts the worker and its sandbox process; when this returns it can be reached.
///
/// The process is this program once more, told nothing but how to log: no configuration, no environment, no data
/// directory to take a secret from. It ends when its standard input does.
pub(super) async fn start(bus: &SharedBus, config: &Config) -> anyhow::Result<Worker> {
    let mut settings = config.code.clone();
    settings.runner = std::path::absolute(&settings.runner)?;
    let mut process = Command::new(std::env::current_exe()?);
    process
        .args(["sandbox", "process"])
        .env_clear()
        .envs(config.log.as_environment())
        .current_dir("/")
        .stdout(Stdio::null())
        // A Ctrl-C for us is not one for it: calls in flight are finished first.
        .process_group(0);
    Ok(Worker::start_apart(Deps { bus: bus.clone(), settings }, process).await?)
}
