//! Runs programs: one thread a core, each with a fresh instance of CPython ready before its program comes.
//!
//! The boundary is the linker: what is not linked cannot be reached, whatever the policy missed.

mod host;
mod instance;
mod lanes;
mod limits;
mod linker;
mod random;
mod ticker;

pub use lanes::{RunError, Sandbox, SandboxError};
