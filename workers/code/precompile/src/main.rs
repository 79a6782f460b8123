//! `aipaygen-precompile COMPONENT RUNNER`: compiles the Python component to this machine's code and
//! records the result's digest beside it.

use std::path::{Path, PathBuf};
use std::{env, fs};

use aipaygen_precompile::{Pool, Record, config, flatten};

use wasmtime::error::Context;
use wasmtime::{Engine, bail};

fn main() -> wasmtime::Result<()> {
    let paths: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [component, runner] = paths.as_slice() else {
        bail!("usage: aipaygen-precompile COMPONENT RUNNER");
    };
    compile(component, runner)
}

fn compile(component: &Path, runner: &Path) -> wasmtime::Result<()> {
    let wasm = fs::read(component).with_context(|| format!("reading {}", component.display()))?;
    let code = Engine::new(&config(Pool::default()))?.precompile_component(&flatten(&wasm)?)?;
    // The record goes last: a build that dies in between leaves a runner that no worker loads.
    let unfinished = runner.with_extension("part");
    fs::write(&unfinished, &code).with_context(|| format!("writing {}", unfinished.display()))?;
    fs::rename(&unfinished, runner)?;
    Record::of(&code).write(runner)?;
    Ok(())
}
