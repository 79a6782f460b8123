//! What the build step and the code worker must agree on: the engine's settings, and how a compiled
//! runner is recorded. Compiles nothing and loads nothing.

mod engine;
#[cfg(feature = "compiler")]
mod flatten;
mod record;

pub use engine::{Pool, config};
#[cfg(feature = "compiler")]
pub use flatten::flatten;
pub use record::{Record, RecordError};
