//! `aipaygen config`: whether the configuration is sound, and what it is.

use std::process::ExitCode;

use clap::Subcommand;

use super::output;
use crate::config::Config;

/// What can be asked of the configuration.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Say whether a start with this configuration would get past it
    Check,
    /// Show it as TOML, secrets redacted
    Print,
}

pub(crate) fn run(command: ConfigCommand, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Check => {
            config.validate()?;
            output::text("the configuration is sound");
        }
        ConfigCommand::Print => output::text(config.print()?),
    }
    Ok(ExitCode::SUCCESS)
}
