//! One turn of a run: how long it may keep its core.

use std::time::{Duration, Instant};

/// How long a run may keep a turn that somebody else could use.
pub(super) const SLICE: Duration = Duration::from_millis(50);

/// A turn in the hands of a run.
#[derive(Clone, Copy)]
pub(super) struct Turn {
    /// When it was given.
    pub(super) began: Instant,
    /// Of a run in its first slice.
    pub(super) is_new: bool,
    /// Nobody takes it before; then a new run may.
    pub(super) firm_until: Instant,
    /// Then those that rest may as well.
    pub(super) slice_until: Instant,
}

impl Turn {
    /// The first slice of a run.
    pub(super) fn first(now: Instant) -> Self {
        Self { began: now, is_new: true, firm_until: now + SLICE, slice_until: now + SLICE }
    }

    /// A later one. What is owed is firm; what is left over is for whoever is new.
    pub(super) fn later(now: Instant, is_owed: bool) -> Self {
        let firm_until = if is_owed { now + SLICE } else { now };
        Self { began: now, is_new: false, firm_until, slice_until: now + SLICE }
    }
}
