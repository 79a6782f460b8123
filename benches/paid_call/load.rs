//! A closed loop: so many callers, each making its next call when the one before is answered.
//!
//! Latency is what a caller sees at that load. A caller that waits calls less often, so that this says nothing about
//! arrivals that do not wait; the throughput beside it says what load it was.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::future::join_all;
use hdrhistogram::Histogram;

use crate::cpu::{Used, Watch};
use crate::plan::Bounds;

/// What stands in the way of counting a call as answered: a status such as `503`, or a word.
pub(crate) type Failed = String;

/// What was seen while it was counted.
pub(crate) struct Measured {
    /// Microseconds from call to answer, of the calls that succeeded.
    pub(crate) latency_us: Histogram<u64>,
    /// How many others there were, by what they were answered.
    pub(crate) errors: BTreeMap<Failed, u64>,
    pub(crate) elapsed: Duration,
    /// What each process has used of the processors meanwhile.
    pub(crate) cpu_us: Used,
}

impl Measured {
    /// Successful calls.
    pub(crate) fn calls(&self) -> u64 {
        self.latency_us.len()
    }

    pub(crate) fn per_second(&self) -> u64 {
        self.calls() * 1_000_000 / micros(self.elapsed).max(1)
    }

    /// The latency that this share of the calls, of a hundred, did not exceed.
    pub(crate) fn percentile_us(&self, percentile: f64) -> u64 {
        self.latency_us.value_at_percentile(percentile)
    }
}

/// Warms up, then counts.
pub(crate) async fn closed_loop<C>(mut callers: Vec<C>, bounds: Bounds, watch: &Watch) -> Measured
where
    C: AsyncFnMut() -> Result<(), Failed>,
{
    round(&mut callers, bounds.warm_up, u64::MAX).await;
    let (used, began) = (watch.used(), Instant::now());
    let Counted { latency_us, errors, .. } = round(&mut callers, bounds.time, bounds.calls_max).await;
    Measured { latency_us, errors, elapsed: began.elapsed(), cpu_us: watch.used_since(used) }
}

async fn round<C>(callers: &mut [C], time: Duration, calls_max: u64) -> Counted
where
    C: AsyncFnMut() -> Result<(), Failed>,
{
    let (began, counted) = (Instant::now(), RefCell::new(Counted::default()));
    let counts = &counted;
    join_all(callers.iter_mut().map(|caller| async move {
        while began.elapsed() < time && counts.borrow_mut().start(calls_max) {
            let called = Instant::now();
            let answer = caller().await;
            counts.borrow_mut().end(answer, called.elapsed());
        }
    }))
    .await;
    counted.into_inner()
}

struct Counted {
    started: u64,
    latency_us: Histogram<u64>,
    errors: BTreeMap<Failed, u64>,
}

impl Default for Counted {
    fn default() -> Self {
        let latency_us = Histogram::new(3).expect("three digits are a precision that it knows");
        Self { started: 0, latency_us, errors: BTreeMap::new() }
    }
}

impl Counted {
    /// Counts the start of a call, if one more may start.
    fn start(&mut self, calls_max: u64) -> bool {
        let may = self.started < calls_max;
        self.started += u64::from(may);
        may
    }

    fn end(&mut self, answer: Result<(), Failed>, took: Duration) {
        match answer {
            Ok(()) => self.latency_us.record(micros(took)).expect("the histogram grows by itself"),
            Err(failed) => *self.errors.entry(failed).or_default() += 1,
        }
    }
}

pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
