//! What the tests of the ingress share.

pub(crate) mod answer;
pub(crate) mod house;
pub(crate) mod logs;
pub(crate) mod payments;
pub(crate) mod records;
pub(crate) mod tools;
pub(crate) mod wallets;

pub(crate) use answer::Answer;
pub(crate) use house::House;
pub(crate) use payments::Says;

use std::time::{Duration, Instant};

/// Awaits a condition.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(10), "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
