//! The acceptance suite. It speaks the public protocol to real processes: on the embedded backends
//! or on Postgres and NATS with a process for each role, as `AIPAYGEN_TEST_BACKEND` says.
#![expect(clippy::unwrap_used, reason = "a test that can not go on says so by panicking")]

mod ai;
mod canary;
mod charging;
mod cli;
mod credentials;
mod distributed;
mod embedded;
mod idempotency;
mod kill;
mod operator;
mod promises;
mod ssrf;
#[expect(dead_code, reason = "the load generator stands on the same support, and uses what the suite does not")]
mod support;
mod third_party;
mod tidy;
mod web;
mod x402;
