//! The read models on both databases: events in, rows out, and the books balance.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod histories;
mod ledger;
mod projector;
mod rebuild;
mod refunds;
mod rows;
mod support;
mod x402;
