//! `aipaygen ledger`: the books.

use std::process::ExitCode;

use aipaygen_events::{MicroUsd, Timestamp};
use aipaygen_projections::ledger::{AsOf, Books, TrialBalance, books_balance, trial_balance};
use clap::{Args, Subcommand};
use serde_json::json;

use super::output;
use crate::config::Config;
use crate::operator;

/// What can be asked of the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Every account of the chart, its balance, and whether debits equal credits. Exit code 1 if they do not
    TrialBalance(TrialBalanceArgs),
}

/// Which moment, and how to print it.
#[derive(Debug, Args)]
pub(crate) struct TrialBalanceArgs {
    /// As of this position of the log
    #[arg(long, conflicts_with = "as_of_time_us")]
    as_of_position: Option<u64>,
    /// As of this moment, in microseconds since 1970
    #[arg(long, value_name = "MICROSECONDS")]
    as_of_time_us: Option<i64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: Ledger, config: &Config) -> anyhow::Result<ExitCode> {
    let Ledger::TrialBalance(args) = command;
    let as_of = match (args.as_of_position, args.as_of_time_us) {
        (Some(position), _) => AsOf::Position(position),
        (None, Some(micros)) => AsOf::Time(Timestamp::from_micros(micros)),
        (None, None) => AsOf::Latest,
    };
    let operator = operator::open(config).await?;
    operator.fresh_reader().await?;
    let trial = trial_balance(&operator.read_models, as_of).await?;
    // What the other tables say is known of the present only.
    let books = match as_of {
        AsOf::Latest => Some(books_balance(&operator.read_models).await?),
        AsOf::Position(_) | AsOf::Time(_) => None,
    };
    operator.close().await;
    let balanced = trial.is_balanced() && books.as_ref().is_none_or(Books::balance);
    if args.json {
        output::json(&json!({"balanced": balanced, "trial_balance": trial, "books": books}))?;
    } else {
        print(&trial, books.as_ref(), balanced);
    }
    Ok(if balanced { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(trial: &TrialBalance, books: Option<&Books>, balanced: bool) {
    let amount = |amount: MicroUsd| if amount.is_zero() { String::new() } else { amount.to_string() };
    let lines = trial
        .lines
        .iter()
        .map(|line| [line.account.clone(), amount(line.balance.debit), amount(line.balance.credit)]);
    let total = ["total".to_owned(), trial.total.debit.to_string(), trial.total.credit.to_string()];
    output::table(["ACCOUNT", "DEBIT USD", "CREDIT USD"], lines.chain([total]));
    for imbalance in books.iter().flat_map(|books| &books.imbalances) {
        let (left, right) = (imbalance.left, imbalance.right);
        output::text(format_args!("broken: {} ({left} and {right} micro-USD)", imbalance.rule));
    }
    let verdict = if balanced { "the books balance" } else { "the books do not balance" };
    output::text(format_args!("{verdict} as of position {}", trial.position));
}
