//! What the build step and the code worker must agree on: the engine's settings, and how a compiled
//! runner is recorded. Compiles nothing and loads nothing.

mod engine;
mod record;

pub use engine::{Pool, config};
pub use record::{Record, RecordError};
