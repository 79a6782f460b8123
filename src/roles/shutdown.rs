//! Stopping: SIGTERM or Ctrl-C asks once; what is in flight has `grace_s` to finish.

use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The section `shutdown`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// How long requests in flight may take to finish, in seconds.
    pub grace_s: u64,
}

impl Settings {
    pub(super) const fn grace(&self) -> Duration {
        Duration::from_secs(self.grace_s)
    }
}

/// Cancelled when the process is asked to stop.
pub(super) fn requested() -> anyhow::Result<CancellationToken> {
    let shutdown = CancellationToken::new();
    let asked = shutdown.clone();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to stop");
        asked.cancel();
    });
    Ok(shutdown)
}

/// Runs one role until it ends, and for no longer than the grace after the process was asked to stop.
pub(super) async fn within_grace(
    settings: &Settings,
    shutdown: CancellationToken,
    role: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let too_late = async {
        shutdown.cancelled().await;
        tokio::time::sleep(settings.grace()).await;
    };
    tokio::select! {
        ended = role => ended,
        () = too_late => Err(anyhow::anyhow!("stopped with work in flight")).context("shutdown.grace_s has passed"),
    }
}
