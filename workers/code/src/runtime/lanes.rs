//! The threads that run programs, each in an instance that was made before its program came.
//!
//! There are more of them than cores: a run that has had its slice rests in its own, inside its instance, while others
//! go first.

use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, panic, thread};

use tokio::sync::oneshot;

use super::instance::{Mould, Ready};
use super::sandbox::RunError;
use super::turn::Turn;
use super::turns::{Lane, Turns};
use crate::program::{Outcome, Program};

/// The guest may use half of it; the rest is for the host calls it makes.
const STACK_BYTES: usize = 16 * 1024 * 1024;

pub(super) type Reply = oneshot::Sender<Result<Outcome, RunError>>;

/// A program to run, and who waits for it.
pub(super) struct Job {
    pub(super) program: Program,
    pub(super) timeout: Duration,
    pub(super) reply: Reply,
}

/// The time of one run: what it has left, and the turn it has now. Resting takes none of it.
pub(super) struct Stint {
    turns: Arc<Turns<Job>>,
    lane: Arc<Lane<Job>>,
    turn: Turn,
    timeout: Duration,
    /// When the present turn began.
    left: Duration,
    reply: Reply,
}

impl Stint {
    fn new(turns: &Arc<Turns<Job>>, lane: &Arc<Lane<Job>>, timeout: Duration, reply: Reply) -> Self {
        let turn = Turn::first(Instant::now());
        Self { turns: Arc::clone(turns), lane: Arc::clone(lane), turn, timeout, left: timeout, reply }
    }

    /// Whether the run may go on, after others have had their turn if they were next.
    pub(super) fn goes_on(&mut self) -> bool {
        let left = self.left(Instant::now());
        if left.is_zero() || self.reply.is_closed() {
            return false;
        }
        let turn = self.turns.pause(&self.lane, self.turn);
        if turn.began != self.turn.began {
            (self.turn, self.left) = (turn, left);
        }
        true
    }

    /// How long the run has been running.
    pub(super) fn used(&self) -> Duration {
        self.timeout.saturating_sub(self.left) + self.turn.began.elapsed()
    }

    fn left(&self, now: Instant) -> Duration {
        self.left.saturating_sub(now.saturating_duration_since(self.turn.began))
    }
}

/// Starts the thread of a lane. Those that are `eager` make an instance before anybody asks for one.
pub(super) fn start(
    mould: &Arc<Mould>,
    turns: &Arc<Turns<Job>>,
    lane: Arc<Lane<Job>>,
    eager: bool,
) -> io::Result<()> {
    let (mould, turns) = (Arc::clone(mould), Arc::clone(turns));
    let lane = move || serve(&mould, &turns, &lane, eager);
    thread::Builder::new().name("sandbox-lane".into()).stack_size(STACK_BYTES).spawn(lane)?;
    Ok(())
}

fn serve(mould: &Mould, turns: &Arc<Turns<Job>>, lane: &Arc<Lane<Job>>, eager: bool) {
    let mut ready = eager.then(|| mould.ready());
    let mut next = Turns::begin(lane);
    while let Ok(Job { program, timeout, reply }) = next {
        let mut turn = Turn::first(Instant::now());
        // Whoever asked has gone already: running it would take a turn from those who wait.
        if !reply.is_closed() {
            let instance = ready.take().unwrap_or_else(|| mould.ready());
            let stint = Stint::new(turns, lane, timeout, reply);
            turn = run(instance, program, stint).unwrap_or(turn);
            ready = Some(mould.ready());
        }
        next = turns.next(lane, turn);
    }
}

/// Runs and answers; returns the turn that the run ended with.
fn run(instance: wasmtime::Result<Ready>, program: Program, stint: Stint) -> Option<Turn> {
    let instance = match instance {
        Ok(instance) => instance,
        Err(error) => {
            // Raised by the runtime before any of the program ran, so it holds nothing of the caller's.
            tracing::error!(error = format!("{error:#}"), "the sandbox failed");
            return None;
        }
    };
    // A lane outlives a panic of the runtime: it costs this run only, whose reply goes down with it.
    let run = panic::catch_unwind(panic::AssertUnwindSafe(|| instance.run(program, stint)));
    let (outcome, stint) = run.ok().flatten()?;
    // Whoever asked may have left.
    let _ = stint.reply.send(Ok(outcome));
    Some(stint.turn)
}
