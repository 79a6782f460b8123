//! Settlement on a real chain, with facilitators that do their worst. Judged by the token's own transfers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admission;
mod facilitators;
mod movements;
mod ourselves;
mod reorgs;
mod starting;
mod support;
