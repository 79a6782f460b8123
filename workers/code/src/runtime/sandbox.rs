//! What the rest of the worker sees of the runtime: programs in, outcomes out.

use std::io;
use std::sync::Arc;

use aipaygen_precompile::{Pool, config};
use thiserror::Error;
use tokio::sync::oneshot;
use wasmtime::Engine;

use super::instance::Mould;
use super::lanes::{self, Job};
use super::ticker;
use super::turns::Turns;
use crate::program::{Outcome, Program};
use crate::runner::{self, RunnerError};
use crate::settings::Settings;

/// Why the sandbox cannot start.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// There is no runner to be trusted.
    #[error(transparent)]
    Runner(#[from] RunnerError),
    /// The machine gives too little: memory to reserve, or threads.
    #[error("the sandbox cannot start on this machine")]
    Engine(#[source] wasmtime::Error),
    /// No thread could be started.
    #[error("the sandbox cannot start its threads")]
    Threads(#[source] io::Error),
}

/// Why a program was not run to an outcome. None of it is the caller's doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RunError {
    /// Too many programs wait already.
    #[error("too many programs are waiting")]
    Busy,
    /// The sandbox itself failed.
    #[error("the sandbox failed")]
    Failed,
}

/// Runs programs, as many at once as there are turns; clones share them.
#[derive(Clone)]
pub struct Sandbox {
    turns: Arc<Owned>,
    settings: Arc<Settings>,
}

/// Ends the lanes with the last sandbox that hands them programs.
struct Owned(Arc<Turns<Job>>);

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A sandbox whose runner is loaded, and that has no thread yet: the moment to give up what it needs no longer.
pub(crate) struct Loaded {
    engine: Engine,
    mould: Mould,
    settings: Settings,
}

impl Loaded {
    pub(crate) fn try_new(mut settings: Settings) -> Result<Self, SandboxError> {
        settings.runs_in_parallel = settings.parallelism();
        let lanes = settings.runs_in_parallel.saturating_add(settings.runs_resting_max);
        let slots = u32::try_from(lanes).unwrap_or(u32::MAX);
        let pool = Pool { slots, memory_bytes_max: settings.memory_bytes_max };
        let engine = Engine::new(&config(pool)).map_err(SandboxError::Engine)?;
        let component = runner::load(&engine, &settings.runner)?;
        let mould = Mould::new(&engine, &component, &settings).map_err(SandboxError::Engine)?;
        Ok(Self { engine, mould, settings })
    }

    /// Starts the lanes.
    pub(crate) fn start(self) -> Result<Sandbox, SandboxError> {
        let Self { engine, mould, settings } = self;
        let (parallel, mould) = (settings.runs_in_parallel, Arc::new(mould));
        let (turns, lanes) =
            Turns::new(parallel, parallel.saturating_add(settings.runs_resting_max), settings.runs_waiting_max);
        let owned = Owned(Arc::clone(&turns));
        for (index, lane) in lanes.into_iter().enumerate() {
            lanes::start(&mould, &turns, lane, index < parallel).map_err(SandboxError::Threads)?;
        }
        ticker::start(&engine).map_err(SandboxError::Threads)?;
        Ok(Sandbox { turns: Arc::new(owned), settings: Arc::new(settings) })
    }
}

impl Sandbox {
    /// Loads the runner and starts the lanes.
    pub fn try_new(settings: Settings) -> Result<Self, SandboxError> {
        Loaded::try_new(settings)?.start()
    }

    /// Runs a program. Neither the wait for its first turn nor the rest between turns counts towards its time. Dropping
    /// the future ends the run.
    pub async fn run(&self, program: Program) -> Result<Outcome, RunError> {
        let (reply, outcome) = oneshot::channel();
        let timeout = self.settings.timeout(program.timeout);
        self.turns.0.submit(Job { program, timeout, reply }).map_err(|_| RunError::Busy)?;
        outcome.await.unwrap_or(Err(RunError::Failed))
    }

    /// What the operator decided.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}
