//! Pauses between attempts at a command whose stream has gone on, up to its deadline.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::error::Failure;

const FIRST: Duration = Duration::from_millis(1);
/// About one commit: of processes that meet on one busy account, who waits for longer loses to the others again.
const LONGEST: Duration = Duration::from_millis(8);

/// The pauses of one command.
pub(crate) struct Retry {
    pauses: ExponentialBackoff,
    deadline: Instant,
}

impl Retry {
    /// Jittered, so that processes that met each other do not meet again.
    pub(crate) fn until(deadline: Instant) -> Self {
        let pauses = ExponentialBuilder::new().with_jitter().with_min_delay(FIRST).with_max_delay(LONGEST);
        Self { pauses: pauses.without_max_times().build(), deadline }
    }

    /// Pauses, unless the deadline would pass meanwhile.
    pub(crate) async fn pause(&mut self) -> Result<(), Failure> {
        let pause = self.pauses.next().unwrap_or(LONGEST);
        if Instant::now() + pause >= self.deadline {
            return Err(Failure::Overloaded);
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }
}
