//! The payments workers over real journals: each test on SQLite and on a Postgres server of its own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod charging;
mod crashes;
mod ending;
mod funds;
mod idempotency;
mod keys;
mod processes;
mod reaping;
mod receipts;
mod serving;
mod support;
mod topups;
mod vouchers;
mod x402;
