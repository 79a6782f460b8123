//! The guard and what stands behind it, against real servers: on loopback, and on public addresses in a network
//! namespace of their own (needs root and iproute2: `scripts/setup.sh test`).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bodies;
mod namespaces;
mod rebinding;
mod redirects;
mod refusals;
mod robots;
mod searching;
mod support;
mod tls;
mod worker;
