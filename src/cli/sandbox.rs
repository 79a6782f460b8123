//! `aipaygen sandbox`: the Python sandbox without a server, with the limits that callers have.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aipaygen_code::{Program, Sandbox};
use anyhow::Context;
use clap::Subcommand;
use serde_json::json;

use super::output;
use crate::config::Config;

/// What can be tried.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Say what the policy finds in programs, without running them. Exit code 1 if it finds anything
    Check {
        /// Files, or - for standard input
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Print JSON, one finding a line
        #[arg(long)]
        json: bool,
    },
    /// Run one program, and print the JSON that its caller would get. Exit code 1 if the policy rejects it
    Run {
        /// A file, or - for standard input
        file: PathBuf,
    },
    /// Be the sandbox of a code worker, which is at the other end of standard input
    #[command(hide = true)]
    Process,
}

pub(crate) async fn run(command: SandboxCommand, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        SandboxCommand::Check { files, json } => check(&files, json),
        SandboxCommand::Run { file } => run_file(&file, config).await,
        SandboxCommand::Process => {
            aipaygen_code::serve_standard_input().await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(files: &[PathBuf], json: bool) -> anyhow::Result<ExitCode> {
    let mut rejected = false;
    for file in files {
        for finding in aipaygen_code::check_source(&read(file)?) {
            rejected = true;
            if json {
                output::json(&json!({"file": file, "finding": finding}))?;
            } else {
                let place = format!("{}:{}:{}", file.display(), finding.line, finding.column);
                output::text(format_args!("{place}: {}: {}", finding.rule, finding.message));
            }
        }
    }
    Ok(if rejected { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn run_file(file: &Path, config: &Config) -> anyhow::Result<ExitCode> {
    let source = read(file)?;
    if !aipaygen_code::check_source(&source).is_empty() {
        return check(&[file.to_owned()], true);
    }
    let sandbox = Sandbox::try_new(config.code.clone())?;
    let outcome = sandbox.run(Program { code: source, ..Program::default() }).await?;
    output::json(&aipaygen_code::Answer::from(outcome))?;
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> anyhow::Result<String> {
    let mut source = String::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut source).context("standard input")?;
    } else {
        source = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    }
    Ok(source)
}
