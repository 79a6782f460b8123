//! The protocol against payments that other implementations signed, and against everything else.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hostile;
mod malleated;
mod settings;
mod support;
mod vectors;
mod verifying;
mod wire;
