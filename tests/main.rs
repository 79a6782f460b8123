//! The acceptance suite. It speaks the public protocol to real processes: on the embedded backends
//! or on Postgres and NATS with a process for each role, as `AIPAYGEN_TEST_BACKEND` says.
#![expect(clippy::unwrap_used, reason = "a test that can not go on says so by panicking")]

mod support;
mod tidy;
