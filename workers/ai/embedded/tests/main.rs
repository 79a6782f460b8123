//! The embedded models as they are shipped, against small labelled sets and their own promises.
//!
//! The weights come from scripts/models.sh, which `make test` calls.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generation;
mod quality;
mod support;
mod weights;
