//! A sandbox with limits that suit a test, and short words for running programs in it.

pub(crate) mod corpus;
pub(crate) mod host;

use std::path::PathBuf;
use std::time::Duration;

use aipaygen_code::{Outcome, Program, Sandbox, Settings};

/// Small limits, so that the hostile are done with quickly.
pub(crate) fn settings() -> Settings {
    Settings {
        runner: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/sandbox/runner.cwasm")),
        runs_in_parallel: 0,
        runs_resting_max: 16,
        runs_waiting_max: 2048,
        user_id: 65_534,
        timeout_ms_max: 30_000,
        timeout_ms_default: 10_000,
        memory_bytes_max: 128 * 1024 * 1024,
        output_bytes_max: 64 * 1024,
        source_bytes_max: 64 * 1024,
    }
}

pub(crate) fn sandbox() -> Sandbox {
    Sandbox::try_new(settings()).unwrap()
}

pub(crate) fn program(code: &str) -> Program {
    Program { code: code.to_owned(), ..Program::default() }
}

/// Runs a program without asking the policy.
pub(crate) async fn run(code: &str) -> Outcome {
    sandbox().run(program(code)).await.unwrap()
}

/// What a program that must end well prints.
pub(crate) async fn stdout_of(code: &str) -> String {
    let outcome = run(code).await;
    assert_eq!((outcome.failure, outcome.limit), (None, None), "{}", outcome.stderr);
    outcome.stdout
}

pub(crate) fn within(timeout_ms: u64, code: &str) -> Program {
    Program { timeout: Some(Duration::from_millis(timeout_ms)), ..program(code) }
}
