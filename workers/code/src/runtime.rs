//! Runs programs, as many at once as there are cores, each in a fresh instance of CPython that was made before its
//! program came. One that takes long rests while others go first.
//!
//! The boundary is the linker: what is not linked cannot be reached, whatever the policy missed.

mod host;
mod instance;
mod lanes;
mod limits;
mod linker;
mod random;
mod sandbox;
mod ticker;
mod turn;
mod turns;

pub(crate) use sandbox::Loaded;
pub use sandbox::{RunError, Sandbox, SandboxError};
