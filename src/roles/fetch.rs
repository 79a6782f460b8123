//! The role `worker fetch`: strangers' servers and what they send, in processes without a database and without a
//! secret, whichever roles their parent has.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use aipaygen_bus::SharedBus;
use aipaygen_fetch::{Deps, Processes, Worker};

use super::{shared_bus, shutdown};
use crate::config::Config;

/// Runs the role by itself.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    let shutdown = shutdown::requested()?;
    let bus = shared_bus(&config, "worker fetch").await?;
    let worker = start(&bus, &config).await?;
    shutdown::within_grace(&config.shutdown, shutdown.clone(), async {
        shutdown.cancelled().await;
        worker.drain().await;
        Ok(())
    })
    .await
}

/// Starts the worker and its processes; when this returns it can be reached.
pub(super) async fn start(bus: &SharedBus, config: &Config) -> anyhow::Result<Worker> {
    let mut settings = config.fetch.clone();
    if !settings.extra_roots.as_os_str().is_empty() {
        settings.extra_roots = std::path::absolute(&settings.extra_roots)?;
    }
    let mut readers = Vec::new();
    for _ in 0..settings.reader_count() {
        readers.push(process(config, "reader")?);
    }
    let processes = Processes { fetches: process(config, "process")?, readers };
    let deps = Deps { bus: bus.clone(), settings, search: config.search.clone() };
    Ok(Worker::start_apart(deps, processes).await?)
}

/// This program once more, told nothing but how to log: no configuration, no environment, no data directory to take a
/// secret from. It ends when its standard input does.
fn process(config: &Config, what: &str) -> anyhow::Result<Command> {
    let mut process = Command::new(std::env::current_exe()?);
    process
        .args(["ssrf", what])
        .env_clear()
        .envs(config.log.as_environment())
        // The allocator takes memory as it is needed, so that a limit on it is one on what is used.
        .env("MIMALLOC_ARENA_EAGER_COMMIT", "0")
        .current_dir("/")
        .stdout(Stdio::null())
        // A Ctrl-C for us is not one for it: calls in flight are finished first.
        .process_group(0);
    Ok(process)
}
