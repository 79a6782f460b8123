//! One lane a core: a thread that takes a program, runs it in the instance it has ready, and makes the next.
//!
//! A run's deadline starts with the run, not with the wait for a lane, so that fifty at once do not starve
//! each other.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, panic, thread};

use aipaygen_precompile::{Pool, config};
use thiserror::Error;
use tokio::sync::oneshot;
use wasmtime::Engine;

use super::instance::{Mould, Ready};
use super::ticker;
use crate::program::{Outcome, Program};
use crate::runner::{self, RunnerError};
use crate::settings::Settings;

/// The guest may use half of it; the rest is for the host calls it makes.
const STACK_BYTES: usize = 16 * 1024 * 1024;

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

/// Runs programs, as many at once as there are lanes; clones share the lanes.
#[derive(Clone)]
pub struct Sandbox {
    queue: SyncSender<Job>,
    settings: Arc<Settings>,
}

struct Job {
    program: Program,
    timeout: Duration,
    reply: oneshot::Sender<Result<Outcome, RunError>>,
}

impl Sandbox {
    /// Loads the runner and starts the lanes.
    pub fn try_new(settings: Settings) -> Result<Self, SandboxError> {
        let lanes = settings.parallelism();
        let pool =
            Pool { slots: u32::try_from(lanes).unwrap_or(u32::MAX), memory_bytes_max: settings.memory_bytes_max };
        let engine = Engine::new(&config(pool)).map_err(SandboxError::Engine)?;
        let component = runner::load(&engine, &settings.runner)?;
        let mould = Arc::new(Mould::new(&engine, &component, &settings).map_err(SandboxError::Engine)?);
        let (queue, jobs) = sync_channel(settings.runs_waiting_max);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..lanes {
            start_lane(Arc::clone(&mould), Arc::clone(&jobs)).map_err(SandboxError::Threads)?;
        }
        ticker::start(&engine).map_err(SandboxError::Threads)?;
        Ok(Self { queue, settings: Arc::new(settings) })
    }

    /// Runs a program. Waiting for a lane does not count towards its time.
    pub async fn run(&self, program: Program) -> Result<Outcome, RunError> {
        let (reply, outcome) = oneshot::channel();
        let timeout = self.settings.timeout(program.timeout);
        self.queue.try_send(Job { program, timeout, reply }).map_err(|error| match error {
            TrySendError::Full(_) => RunError::Busy,
            TrySendError::Disconnected(_) => RunError::Failed,
        })?;
        outcome.await.unwrap_or(Err(RunError::Failed))
    }

    /// What the operator decided.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

fn start_lane(mould: Arc<Mould>, jobs: Arc<Mutex<Receiver<Job>>>) -> io::Result<()> {
    let lane = move || while lane_turn(&mould, &jobs) {};
    thread::Builder::new().name("sandbox-lane".into()).stack_size(STACK_BYTES).spawn(lane)?;
    Ok(())
}

/// Makes an instance ready and runs the next program in it; false when nobody can send one any more.
fn lane_turn(mould: &Mould, jobs: &Mutex<Receiver<Job>>) -> bool {
    let ready = mould.ready();
    let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
    let Ok(Job { program, timeout, reply }) = next else { return false };
    // Whoever asked has gone already: running it would take a turn from those who wait.
    if !reply.is_closed() {
        let _ = reply.send(outcome(ready, program, timeout));
    }
    true
}

fn outcome(ready: wasmtime::Result<Ready>, program: Program, timeout: Duration) -> Result<Outcome, RunError> {
    let ready = ready.map_err(|error| failed(&error))?;
    // A lane outlives a panic of the runtime: it costs this run only.
    let run = panic::catch_unwind(panic::AssertUnwindSafe(|| ready.run(program, timeout)));
    run.map_err(|_| RunError::Failed)?.map_err(|error| failed(&error))
}

fn failed(error: &wasmtime::Error) -> RunError {
    // Raised by the runtime before any of the program ran, so it holds nothing of the caller's.
    tracing::error!(error = format!("{error:#}"), "the sandbox failed");
    RunError::Failed
}
