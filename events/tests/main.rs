//! What must hold over every history, and every shape that was ever written.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod golden;
mod invariants;
mod strangers;
