//! How long to wait before asking a database again that was away.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(500);

/// Waits that double up to a bound.
#[derive(Default)]
pub(super) struct Backoff {
    waits: u32,
}

impl Backoff {
    pub(super) async fn wait(&mut self) {
        tokio::time::sleep(self.next()).await;
    }

    fn next(&mut self) -> Duration {
        let wait = FIRST.saturating_mul(1 << self.waits.min(10)).min(LONGEST);
        self.waits += 1;
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..8).map(|_| backoff.next().as_millis()).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 500, 500]);
        backoff.waits = 1_000_000;
        assert_eq!(backoff.next(), LONGEST);
    }
}
