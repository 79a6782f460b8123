//! Checks and runs strangers' Python programs: a policy over the syntax tree, then CPython in WebAssembly.
//!
//! Knows the bus and nothing else: no database, no secret and no network are within its reach. It decides
//! nothing about money, and neither keeps nor logs a byte of a program or of what it printed.

mod answer;
mod policy;
mod process;
mod program;
mod runner;
mod runtime;
mod settings;
mod worker;

pub use answer::Answer;
pub use policy::{Finding, Rule, check_source, check_source_up_to};
pub use process::{confinement, serve_standard_input};
pub use program::{Failure, File, Limit, Outcome, Program};
pub use runner::RunnerError;
pub use runtime::{RunError, Sandbox, SandboxError};
pub use settings::Settings;
pub use worker::{Deps, StartError, Worker};
