//! A program to run, and how its run ended.

use std::time::Duration;

use serde_json::value::RawValue;

/// What a caller wants run.
#[derive(Clone, Default)]
pub struct Program {
    /// Python source.
    pub code: String,
    /// What `input()` and `sys.stdin` read.
    pub stdin: String,
    /// Small named inputs, read with the module `files`.
    pub files: Vec<File>,
    /// Makes the run's randomness reproducible.
    pub seed: Option<u64>,
    /// The run's clock, in seconds since 1970; the real one without it.
    pub now_s: Option<u64>,
    /// Wall clock from the start of the run; the configured default without it.
    pub timeout: Option<Duration>,
}

/// A named input or output of a run, in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// A name, not a path.
    pub name: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// How a run ended, and what it left. All of it is the stranger's: cap it, escape it, log none of it.
pub struct Outcome {
    /// What it printed, up to the cap.
    pub stdout: String,
    /// The same for its error stream, tracebacks included.
    pub stderr: String,
    /// The value of the last expression, as `repr` writes it; `None` for Python's `None`.
    pub value: Option<String>,
    /// The same as JSON, where it is JSON.
    pub value_json: Option<Box<RawValue>>,
    /// The exception that ended it, `SystemExit` with another code than 0 included.
    pub failure: Option<Failure>,
    /// The limit that ended it.
    pub limit: Option<Limit>,
    /// What it wrote with the module `files`.
    pub files: Vec<File>,
    /// From its start to its end.
    pub duration: Duration,
}

/// An exception nobody caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The exception's class, such as `ValueError` or `json.decoder.JSONDecodeError`.
    pub kind: String,
    /// What `str` makes of it.
    pub message: String,
    /// The line of the program, from 1, where it has one.
    pub line: Option<u32>,
}

/// A limit that ended a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// It took longer than its time.
    Deadline,
    /// It wanted more memory than one run may have.
    Memory,
    /// It printed or handed back more than one run may.
    Output,
    /// It recursed deeper than the interpreter's own stack.
    Stack,
    /// It reached for something of the host; the name of the import says what.
    ForbiddenImport(String),
    /// The interpreter gave up on itself, as after a corrupted object.
    Crash,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Deadline => f.write_str("deadline"),
            Self::Memory => f.write_str("memory"),
            Self::Output => f.write_str("output"),
            Self::Stack => f.write_str("stack"),
            Self::ForbiddenImport(name) => write!(f, "forbidden-import: {name}"),
            Self::Crash => f.write_str("crash"),
        }
    }
}
