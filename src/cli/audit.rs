//! `aipaygen audit`: the proof that the log is whole, and that what it says of x402 is what the chain shows.

mod onchain;

use std::process::ExitCode;

use aipaygen_journal::Head;
use clap::Subcommand;
use serde_json::json;

use super::output;
use crate::config::Config;
use crate::operator;

/// What can be proven.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Walk the hash chain of the log from its first event. Exit code 1 and the position where it breaks
    Verify {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Match every settled x402 payment to its transfer, and every transfer to us to a payment. Exit code 1 if any
    /// stands alone
    Onchain(onchain::Span),
}

pub(crate) async fn run(command: Audit, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        Audit::Verify { json } => verify(json, config).await,
        Audit::Onchain(span) => onchain::run(&span, config).await,
    }
}

async fn verify(json: bool, config: &Config) -> anyhow::Result<ExitCode> {
    let operator = operator::open(config).await?;
    let verified = operator.journal.verify(Head::default()).await;
    operator.close().await;
    match verified {
        Ok(head) => {
            let hash: String = head.hash.iter().map(|byte| format!("{byte:02x}")).collect();
            if json {
                output::json(&json!({"whole": true, "position": head.position, "hash": hash}))?;
            } else {
                output::text(format_args!("the log is whole: {} events, head {hash}", head.position));
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            if json {
                output::json(&json!({"whole": false, "reason": error.to_string()}))?;
            } else {
                output::text(format_args!("the log is broken: {error}"));
            }
            Ok(ExitCode::FAILURE)
        }
    }
}
