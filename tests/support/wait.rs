//! Waiting for a condition with a deadline, which is the only waiting that a test does.

use std::time::{Duration, Instant};

/// How long anything that must happen may take on a loaded two-core machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Asks `poll` until it answers; panics with `what` when [`DEADLINE`] has passed.
pub(crate) async fn until<T>(what: &str, poll: impl AsyncFnMut() -> Option<T>) -> T {
    within(DEADLINE, what, poll).await
}

/// Asks `poll` until it answers; panics with `what` when `deadline` has passed.
pub(crate) async fn within<T>(deadline: Duration, what: &str, mut poll: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = poll().await {
            return answer;
        }
        assert!(start.elapsed() < deadline, "not within {deadline:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// As [`within`], for callers that are not async: a server's start, a process's end.
pub(crate) fn blocking<T>(deadline: Duration, what: &str, mut poll: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = poll() {
            return answer;
        }
        assert!(start.elapsed() < deadline, "not within {deadline:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
