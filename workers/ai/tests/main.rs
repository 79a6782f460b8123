//! The ai worker as the ingress meets it: on a bus, with a provider over real HTTP behind it.
#![expect(clippy::unwrap_used, reason = "a test that can not go on says so by panicking")]

mod dialects;
mod shapes;
mod streams;
mod support;
mod troubles;
