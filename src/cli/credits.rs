//! `aipaygen credits`: promotional credit, given by an operator.

use std::process::ExitCode;

use aipaygen_events::{AccountId, MicroUsd};
use clap::Subcommand;
use serde_json::json;

use super::output;
use crate::config::Config;
use crate::operator;

/// What can be done with credits.
#[derive(Debug, Subcommand)]
pub(crate) enum Credits {
    /// Put promotional credit on an account. The same reference again changes nothing
    Grant {
        /// The account, `acct_…`
        #[arg(long)]
        account: AccountId,
        /// How many dollars, with at most six decimals
        #[arg(long, value_name = "USD")]
        amount: MicroUsd,
        /// What the grant is called, such as a ticket; what must not be given twice
        #[arg(long)]
        reference: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: Credits, config: &Config) -> anyhow::Result<ExitCode> {
    let Credits::Grant { account, amount, reference, json } = command;
    let operator = operator::open(config).await?;
    // A reference belongs to its account: another account may use the same words.
    operator.payments.grant(account, amount, &format!("{account}:{reference}")).await?;
    operator.close().await;
    if json {
        output::json(&json!({"account": account, "granted": amount, "reference": reference}))?;
    } else {
        output::text(format_args!("granted {amount} USD to {account}"));
    }
    Ok(ExitCode::SUCCESS)
}
