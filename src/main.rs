//! The `aipaygen` binary: reads the command line and runs what it names.

use std::process::ExitCode;

use aipaygen::cli::Cli;
use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    aipaygen::process::harden();
    aipaygen::process::choose_tls();
    aipaygen::cli::run(Cli::parse())
}
