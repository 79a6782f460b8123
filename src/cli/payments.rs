//! `aipaygen payments`: what support and finance ask of x402 payments.

use std::process::ExitCode;

use aipaygen_events::{AccountId, Hash, PaymentId, RequestId, Timestamp};
use aipaygen_projections::payments::{
    PaymentDetail, PaymentFilter, PaymentRow, PaymentStatus, PaymentSubject, list_payments, show_payment,
};
use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;

use super::output;
use crate::config::Config;
use crate::operator;

/// What can be asked of x402 payments.
#[derive(Debug, Subcommand)]
pub(crate) enum Payments {
    /// List payments, newest first
    List(List),
    /// Explain one payment: how it stands, and its events in the log
    Show {
        /// The payment itself, its request (`req_…`) or its transaction (`0x…`)
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Which payments to list.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those of this wallet's account, `acct_…`
    #[arg(long)]
    account: Option<AccountId>,
    /// Only those that stand so: claimed, unknown, failed or settled
    #[arg(long, value_parser = status)]
    status: Option<PaymentStatus>,
    /// Only those claimed at or after this moment, in microseconds since 1970
    #[arg(long, value_name = "MICROSECONDS")]
    since_us: Option<i64>,
    /// Only those claimed before this moment, in microseconds since 1970
    #[arg(long, value_name = "MICROSECONDS")]
    until_us: Option<i64>,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Print JSON, one payment a line
    #[arg(long)]
    json: bool,
}

fn status(text: &str) -> Result<PaymentStatus, String> {
    // The wire names are the only ones, so the list in the message is always theirs.
    serde_json::from_value(json!(text)).map_err(|error| error.to_string())
}

pub(crate) async fn run(command: Payments, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        Payments::List(args) => list(args, config).await,
        Payments::Show { id, json } => explain(&id, json, config).await,
    }
}

async fn list(args: List, config: &Config) -> anyhow::Result<ExitCode> {
    let operator = operator::open(config).await?;
    operator.fresh_reader().await?;
    let (since, until) = (args.since_us.map(Timestamp::from_micros), args.until_us.map(Timestamp::from_micros));
    let filter = PaymentFilter { account: args.account, status: args.status, since, until, limit: args.limit };
    let payments = list_payments(&operator.read_models, &filter).await?;
    operator.close().await;
    if args.json {
        payments.iter().try_for_each(output::json)?;
    } else {
        output::table(["REQUEST", "USD", "STATUS", "WHY", "TRANSACTION"], payments.iter().map(line));
    }
    Ok(ExitCode::SUCCESS)
}

fn line(row: &PaymentRow) -> [String; 5] {
    [
        row.request.to_string(),
        row.amount.to_string(),
        row.status.as_str().to_owned(),
        row.reason.clone().unwrap_or_default(),
        row.transaction.map(|hash| hash.to_string()).unwrap_or_default(),
    ]
}

async fn explain(id: &str, json: bool, config: &Config) -> anyhow::Result<ExitCode> {
    let subject = match (id.parse::<RequestId>(), id.parse::<Hash>(), id.parse::<PaymentId>()) {
        (Ok(request), _, _) => PaymentSubject::Request(request),
        (Err(_), Ok(transaction), _) => PaymentSubject::Transaction(transaction),
        (Err(_), Err(_), Ok(payment)) => PaymentSubject::Payment(payment),
        (Err(_), Err(_), Err(_)) => {
            anyhow::bail!("{id} is neither a request (req_…), nor a transaction (0x…), nor a payment")
        }
    };
    let operator = operator::open(config).await?;
    operator.fresh_reader().await?;
    let shown = show_payment(&operator.journal, &operator.read_models, subject).await?;
    operator.close().await;
    let shown = shown.with_context(|| format!("the log knows no payment of {id}"))?;
    if json {
        output::json(&shown)?;
    } else {
        print(&shown);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(shown: &PaymentDetail) {
    output::text(shown.payment.payment);
    output::table(["REQUEST", "USD", "STATUS", "WHY", "TRANSACTION"], [line(&shown.payment)]);
    output::text("");
    let events = shown.events.iter().map(|e| [e.position.to_string(), e.kind.clone(), e.data.to_string()]);
    output::table(["POSITION", "EVENT", "DATA"], events);
}
