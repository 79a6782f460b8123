//! What an operator decides about the sandbox: one section of the configuration file.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Limits of a run, and how many run at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The compiled runner that `scripts/sandbox.sh` builds.
    pub runner: PathBuf,
    /// Runs at the same time; 0 stands for one a core.
    pub runs_in_parallel: usize,
    /// Runs beyond their first slice that may rest, each in its instance, while others go first.
    pub runs_resting_max: usize,
    /// Runs that may wait for their turn before the next is told to come back later.
    pub runs_waiting_max: usize,
    /// The user, and the group, that the sandbox process becomes where root starts it; 0 leaves it as it is.
    pub user_id: u32,
    /// Longest run a caller may ask for, in milliseconds of wall clock from its start.
    pub timeout_ms_max: u64,
    /// The run of a caller who asks for nothing.
    pub timeout_ms_default: u64,
    /// Memory of one run, interpreter included.
    pub memory_bytes_max: usize,
    /// What a run may print to each of its two streams, and hand back in values and files.
    pub output_bytes_max: usize,
    /// Longest program, in bytes of UTF-8; what the policy can take is the upper bound.
    pub source_bytes_max: usize,
}

impl Settings {
    /// How many runs share the machine.
    #[must_use]
    pub fn parallelism(&self) -> usize {
        match self.runs_in_parallel {
            0 => thread::available_parallelism().map_or(1, usize::from),
            chosen => chosen,
        }
    }

    /// The deadline of a run: what was asked for, within what is allowed.
    #[must_use]
    pub fn timeout(&self, asked: Option<Duration>) -> Duration {
        asked
            .unwrap_or(Duration::from_millis(self.timeout_ms_default))
            .min(Duration::from_millis(self.timeout_ms_max))
    }
}
