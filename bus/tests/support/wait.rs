//! Waiting for a condition with a deadline, which is the only waiting that a test does.

use std::time::{Duration, Instant};

/// How long anything that must happen may take on a loaded two-core machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
/// "At once", as against a deadline of [`DEADLINE`], on a loaded two-core machine.
const AT_ONCE: Duration = Duration::from_millis(900);

/// Awaits something that must not take long; panics if it does.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, what).await.expect("not before the deadline")
}

/// Awaits something that must come at once, and not because a time-out has passed.
pub(crate) async fn at_once<T>(what: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let outcome = soon(what).await;
    assert!(start.elapsed() < AT_ONCE, "not at once: {:?}", start.elapsed());
    outcome
}

/// Asks `condition` until it holds; panics with `what` when [`DEADLINE`] has passed.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !condition().await {
        assert!(start.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
