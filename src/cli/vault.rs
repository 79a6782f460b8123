//! `aipaygen vault`: the keys that everything in the vault hangs on.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::output;
use crate::config::Config;
use crate::roles;

/// What can be done with the vault.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Vault {
    /// Wrap every data key by the first key of `vault.keys`, beside a service that is up. Afterwards the others can be
    /// taken out of the configuration. Exit code 1 if one is still needed
    Rotate {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: Vault, config: &Config) -> anyhow::Result<ExitCode> {
    let Vault::Rotate { json } = command;
    let rotation = roles::vault(config).await?.rotate().await?;
    let done = rotation.wrapped_by.iter().all(|(key, _)| *key == rotation.current);
    if json {
        let wrapped_by: serde_json::Map<_, _> =
            rotation.wrapped_by.iter().map(|(key, count)| (key.clone(), (*count).into())).collect();
        output::json(&json!({
            "current": rotation.current, "rewrapped": rotation.rewrapped, "wrapped_by": wrapped_by, "done": done,
        }))?;
    } else {
        output::text(format_args!("wrapped {} data keys anew by the key {}", rotation.rewrapped, rotation.current));
        let rows = rotation.wrapped_by.iter().map(|(key, count)| [key.clone(), count.to_string()]);
        output::table(["KEY", "DATA KEYS"], rows);
    }
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
