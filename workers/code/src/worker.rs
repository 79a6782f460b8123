//! The code worker: serves the checks and the runs of the queue `code` on the bus.

mod handlers;
mod passed;
mod reply;
mod request;

use std::sync::Arc;

use aipaygen_bus::tool::{check_subject, run_subject};
use aipaygen_bus::{BusError, Handler, ServeOptions, Serving, SharedBus};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::runtime::{Sandbox, SandboxError};
use crate::settings::Settings;
use handlers::{Check, Desk, Run};

/// The queue of the catalogue's tool `code_run`.
const QUEUE: &str = "code";

/// What a code worker is made of. There is no more: no database, no secret.
pub struct Deps {
    /// Where it is asked.
    pub bus: SharedBus,
    /// Its limits.
    pub settings: Settings,
}

/// Why a code worker cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// There is no sandbox to run programs in.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The bus does not serve as asked.
    #[error("the code worker cannot be reached: {0}")]
    Bus(#[from] BusError),
}

/// A code worker that serves.
pub struct Worker {
    servings: Vec<Serving>,
}

/// Runs a code worker until the shutdown, and ends when all that it had taken is answered.
pub async fn run(deps: Deps, shutdown: CancellationToken) -> Result<(), StartError> {
    let worker = Worker::start(deps).await?;
    shutdown.cancelled().await;
    worker.drain().await;
    Ok(())
}

impl Worker {
    /// Starts a code worker; when this returns it can be reached.
    pub async fn start(deps: Deps) -> Result<Self, StartError> {
        let Deps { bus, settings } = deps;
        // Whoever waits for a lane is in the sandbox's own queue: the bus hands over all that fits.
        let concurrency = settings.runs_waiting_max.saturating_add(settings.parallelism());
        let desk = Arc::new(Desk::new(Sandbox::try_new(settings)?));
        let checks = serve(&bus, check_subject(QUEUE), concurrency, Arc::new(Check(Arc::clone(&desk)))).await?;
        let runs = serve(&bus, run_subject(QUEUE), concurrency, Arc::new(Run(desk))).await?;
        Ok(Self { servings: vec![checks, runs] })
    }

    /// Takes nothing more, and returns when what was taken is answered.
    pub async fn drain(self) {
        self.servings.iter().for_each(|serving| serving.stop.cancel());
        for serving in self.servings {
            serving.drain().await;
        }
    }
}

async fn serve(
    bus: &SharedBus,
    subject: String,
    concurrency: usize,
    handler: Arc<dyn Handler>,
) -> Result<Serving, BusError> {
    bus.serve(ServeOptions { subject, concurrency }, handler).await
}
