//! The sandbox as its callers meet it: real CPython, real limits. Needs the runner of `scripts/sandbox.sh`.
#![expect(clippy::unwrap_used, reason = "tests")]

mod confined;
mod guest;
mod hostile;
mod limits;
mod load;
mod modules;
mod ordinary;
mod page;
mod policy;
mod properties;
mod reuse;
mod support;
mod worker;
