//! Finds the compiled runner and loads it, if it is the very file our build recorded. The one unsafe step.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use aipaygen_precompile::{Record, RecordError};
use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Why there is no runner. Each says what to do about it.
#[derive(Debug, Error)]
pub enum RunnerError {
    /// The file is not there.
    #[error("the Python runner {} is missing: run `scripts/sandbox.sh` to build it, or set its path in the configuration", .0.display())]
    Missing(PathBuf),
    /// The file is there and cannot be read.
    #[error("the Python runner {} cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// No digest of the build lies beside it.
    #[error("the Python runner has no usable record of its build: run `scripts/sandbox.sh`")]
    Unrecorded(#[source] RecordError),
    /// The file is not what the build recorded.
    #[error("the Python runner {} is not the file its build recorded, and is not loaded: run `scripts/sandbox.sh`", .0.display())]
    Altered(PathBuf),
    /// The file was compiled for another engine or another processor.
    #[error(
        "the Python runner was built for another version or another processor: run `scripts/sandbox.sh` on this machine"
    )]
    Unfit(#[source] wasmtime::Error),
}

/// The component, mapped and ready to be instantiated.
pub(crate) fn load(engine: &Engine, path: &Path) -> Result<Component, RunnerError> {
    let unreadable = |error: io::Error| {
        if error.kind() == io::ErrorKind::NotFound {
            RunnerError::Missing(path.to_owned())
        } else {
            RunnerError::Unreadable(path.to_owned(), error)
        }
    };
    let file = File::open(path).map_err(unreadable)?;
    let found = Record::of_file(&file).map_err(unreadable)?;
    if Record::read(path).map_err(RunnerError::Unrecorded)? != found {
        return Err(RunnerError::Altered(path.to_owned()));
    }
    map(engine, path).map_err(RunnerError::Unfit)
}

/// Maps the file: its pages are shared by every run, and read only as far as they are used.
#[expect(unsafe_code, reason = "machine code can only be trusted, and this is our own build's")]
fn map(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the file has just been found to have the digest that `aipaygen-precompile` recorded for its own
    // output. Whoever could change it afterwards could as well change this program beside it.
    unsafe { Component::deserialize_file(engine, path) }
}
