//! What is measured, and for how long.

use std::time::Duration;

use crate::support::backend::Backend;

/// The connections that call at the same time, each one call after another.
const CONNECTIONS: &[usize] = &[1, 16, 64];

/// A measurement ends with whichever bound it meets first.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// Calls that are made before any is counted.
    pub(crate) warm_up: Duration,
    pub(crate) time: Duration,
    pub(crate) calls_max: u64,
}

/// A whole run.
pub(crate) struct Plan {
    pub(crate) connections: &'static [usize],
    pub(crate) bounds: Bounds,
    only: Option<Backend>,
}

impl Plan {
    /// What the command line asks for. Cargo adds arguments of its own, and `make bench` those for criterion.
    pub(crate) fn of(arguments: &[String]) -> Self {
        let asked = |word: &str| arguments.iter().any(|argument| argument == word);
        let bounds = if asked("--quick") {
            Bounds { warm_up: Duration::from_millis(300), time: Duration::from_secs(1), calls_max: 2_000 }
        } else {
            Bounds { warm_up: Duration::from_secs(2), time: Duration::from_secs(8), calls_max: 100_000 }
        };
        let only = match (asked("embedded"), asked("distributed")) {
            (true, false) => Some(Backend::Embedded),
            (false, true) => Some(Backend::Distributed),
            (true, true) | (false, false) => None,
        };
        Self { connections: CONNECTIONS, bounds, only }
    }

    pub(crate) fn backends(&self) -> Vec<Backend> {
        self.only.map_or_else(|| vec![Backend::Embedded, Backend::Distributed], |only| vec![only])
    }

    /// How many strangers call: one for each connection, each with an account of its own.
    pub(crate) fn callers(&self) -> usize {
        self.connections.iter().copied().max().unwrap_or_default()
    }
}
