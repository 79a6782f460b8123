//! The ingress over real sockets, with a read model on SQLite and scripted workers on the bus.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod compositions;
mod demands;
mod documents;
mod failures;
mod idempotency;
mod limits;
mod metered;
mod paying;
mod promises;
mod sessions;
mod silence;
mod starting;
mod streams;
mod support;
mod tls;
mod topups;
mod wallets;
