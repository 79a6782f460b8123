//! The sandbox as its callers meet it: real CPython, real limits. Needs the runner of `scripts/sandbox.sh`.
#![expect(clippy::unwrap_used, reason = "tests")]

mod guest;
mod limits;
mod modules;
mod policy;
mod support;
mod worker;
