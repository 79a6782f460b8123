//! Refusals come at fixed moments after the question: a literal that is refused at once, a name that took a look-up to
//! be refused and one that does not exist then look alike, and no port was asked in any case.

use std::time::{Duration, Instant};

/// Waits for the next multiple of `step` after `since`.
pub(super) async fn until_step(since: Instant, step: Duration) {
    tokio::time::sleep_until((since + next(since.elapsed(), step)).into()).await;
}

fn next(elapsed: Duration, step: Duration) -> Duration {
    let Ok(step_ms) = u64::try_from(step.as_millis()) else { return elapsed };
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let steps = elapsed_ms.checked_div(step_ms).map_or(0, |passed| passed.saturating_add(1));
    Duration::from_millis(steps.saturating_mul(step_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_waits_for_the_next_step() {
        let after = |elapsed| next(Duration::from_micros(elapsed), Duration::from_millis(250)).as_millis();
        assert_eq!([0, 1, 249_999, 250_000, 620_000].map(after), [250, 250, 250, 500, 750]);
        assert_eq!(next(Duration::from_secs(1), Duration::ZERO), Duration::ZERO);
    }
}
