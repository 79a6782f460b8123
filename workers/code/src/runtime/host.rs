//! All that a run can reach of the host: its own clock, its own randomness, its own output.

use std::time::{SystemTime, UNIX_EPOCH};

use super::lanes::Stint;
use super::limits::{Memory, Printed};
use super::random::Random;

/// What reading a clock costs. Time otherwise stands still, so that a run cannot measure its neighbours,
/// and a program that divides by the time it took does not divide by zero.
const READING_NS: u64 = 1_000;

/// The state of one run.
pub(super) struct Host {
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) stdout: Printed,
    pub(super) stderr: Printed,
    pub(super) memory: Memory,
    /// Its time; set when the run starts.
    pub(super) stint: Option<Stint>,
}

/// A clock that starts at a whole second and moves on when it is read or slept on.
#[derive(Default)]
pub(super) struct Clock {
    start_s: u64,
    passed_ns: u64,
}

impl Host {
    /// The host of a run that has not got its program yet.
    pub(super) fn waiting(memory_bytes_max: usize, output_bytes_max: usize) -> Self {
        Self {
            clock: Clock::default(),
            random: Random::System,
            stdout: Printed::new(output_bytes_max),
            stderr: Printed::new(output_bytes_max),
            memory: Memory::new(memory_bytes_max),
            stint: None,
        }
    }
}

impl Host {
    /// A stream by its Unix number.
    pub(super) fn printed(&mut self, stream: u8) -> &mut Printed {
        if stream == 1 { &mut self.stdout } else { &mut self.stderr }
    }
}

impl Clock {
    /// Starts at a given second, or at the present one.
    pub(super) fn starting(now_s: Option<u64>) -> Self {
        let start_s =
            now_s.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()));
        Self { start_s, passed_ns: 0 }
    }

    /// Nanoseconds since the run began.
    pub(super) fn monotonic_ns(&mut self) -> u64 {
        self.sleep(READING_NS);
        self.passed_ns
    }

    /// Seconds since 1970, and nanoseconds.
    pub(super) fn wall(&mut self) -> (u64, u32) {
        const SECOND_NS: u64 = 1_000_000_000;
        let passed = self.monotonic_ns();
        let below_a_second = u32::try_from(passed % SECOND_NS).expect("below a second in nanoseconds");
        (self.start_s.saturating_add(passed / SECOND_NS), below_a_second)
    }

    /// Moves on.
    pub(super) fn sleep(&mut self, nanoseconds: u64) {
        self.passed_ns = self.passed_ns.saturating_add(nanoseconds);
    }
}
