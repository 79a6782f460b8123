//! The code worker: serves the checks and the runs of the queue `code` on the bus.

mod handlers;
mod passed;
mod reply;
mod request;

use std::process::Command;
use std::sync::Arc;

use aipaygen_apart::{Parent, Supervisor};
use aipaygen_bus::tool::{check_subject, run_subject};
use aipaygen_bus::{BusError, Handler, ServeOptions, Serving, SharedBus};
use thiserror::Error;

use crate::process::{CHECK, RUN};
use crate::runtime::{Sandbox, SandboxError};
use crate::settings::Settings;

pub(crate) use handlers::{Check, Desk, Run};

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
    /// The process of the sandbox does not serve.
    #[error("the sandbox: {0}")]
    Apart(#[from] aipaygen_apart::StartError),
    /// The bus does not serve as asked.
    #[error("the code worker cannot be reached: {0}")]
    Bus(#[from] BusError),
}

/// A code worker that serves.
pub struct Worker {
    servings: Vec<Serving>,
    supervisor: Option<Supervisor>,
}

impl Worker {
    /// Starts a code worker whose sandbox is in this process; when this returns it can be reached.
    pub async fn start(deps: Deps) -> Result<Self, StartError> {
        let Deps { bus, settings } = deps;
        let concurrency = concurrency(&settings);
        let desk = Arc::new(Desk::new(Sandbox::try_new(settings)?));
        let handlers = [Arc::new(Check(Arc::clone(&desk))) as Arc<dyn Handler>, Arc::new(Run(desk))];
        Ok(Self { servings: serve(&bus, concurrency, handlers).await?, supervisor: None })
    }

    /// Starts a code worker whose sandbox is in a process of its own, started by `process`, which calls
    /// [`crate::serve_standard_input`]. When this returns it can be reached.
    pub async fn start_apart(deps: Deps, process: Command) -> Result<Self, StartError> {
        let Deps { bus, settings } = deps;
        let concurrency = concurrency(&settings);
        let (parent, supervisor) = Parent::start("sandbox", process, &settings).await?;
        let handlers = [parent.serve(CHECK), parent.serve(RUN)];
        Ok(Self { servings: serve(&bus, concurrency, handlers).await?, supervisor: Some(supervisor) })
    }

    /// Takes nothing more, and returns when what was taken is answered.
    pub async fn drain(self) {
        self.servings.iter().for_each(|serving| serving.stop.cancel());
        for serving in self.servings {
            serving.drain().await;
        }
        if let Some(supervisor) = self.supervisor {
            supervisor.stop().await;
        }
    }
}

/// Whoever waits for a lane is in the sandbox's own queue: the bus hands over all that fits.
fn concurrency(settings: &Settings) -> usize {
    settings.runs_waiting_max.saturating_add(settings.parallelism())
}

async fn serve(
    bus: &SharedBus,
    concurrency: usize,
    [check, run]: [Arc<dyn Handler>; 2],
) -> Result<Vec<Serving>, BusError> {
    let of = |subject| ServeOptions { subject, concurrency };
    let checks = bus.serve(of(check_subject(QUEUE)), check).await?;
    let runs = bus.serve(of(run_subject(QUEUE)), run).await?;
    Ok(vec![checks, runs])
}
