//! `aipaygen refunds`: what support asks of refund credits.

use std::process::ExitCode;

use aipaygen_events::account::RefundReason;
use aipaygen_events::{AccountId, CreditId, RequestId, Timestamp};
use aipaygen_projections::refunds::{
    RefundCreditRow, RefundFilter, Selection, Shown, Subject, VoucherRow, list_refunds, replay_refunds, show, voucher,
};
use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use super::output;
use crate::config::Config;
use crate::operator;

/// What can be asked of refund credits.
#[derive(Debug, Subcommand)]
pub(crate) enum Refunds {
    /// List refund credits, newest first
    List(List),
    /// Explain one request: its events in the log, and what they did to the books
    Show {
        /// `req_…` or `cr_…`
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Derive the refund credits from the log again, and mend what the read model has wrong. Exit code 1 if anything
    /// was
    Replay {
        /// Only the credit of this request, `req_…`
        #[arg(long)]
        request: Option<RequestId>,
        /// Say what is wrong, and mend nothing
        #[arg(long)]
        dry_run: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Which credits to list.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those of this account, `acct_…`
    #[arg(long)]
    account: Option<AccountId>,
    /// Only those issued at or after this moment, in microseconds since 1970
    #[arg(long, value_name = "MICROSECONDS")]
    since_us: Option<i64>,
    /// Only those for this reason, such as `worker_lost`
    #[arg(long, value_parser = reason)]
    reason: Option<RefundReason>,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Print JSON, one credit a line
    #[arg(long)]
    json: bool,
}

fn reason(text: &str) -> Result<RefundReason, String> {
    // The wire names are the only ones, so the list in the message is always theirs.
    serde_json::from_value(json!(text)).map_err(|error| error.to_string())
}

pub(crate) async fn run(command: Refunds, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        Refunds::List(args) => list(args, config).await,
        Refunds::Show { id, json } => explain(&id, json, config).await,
        Refunds::Replay { request, dry_run, json } => replay(request, dry_run, json, config).await,
    }
}

async fn list(args: List, config: &Config) -> anyhow::Result<ExitCode> {
    let operator = operator::open(config).await?;
    operator.fresh_reader().await?;
    let since = args.since_us.map(Timestamp::from_micros);
    let filter = RefundFilter { account: args.account, since, reason: args.reason, limit: args.limit };
    let mut credits = Vec::new();
    for credit in list_refunds(&operator.read_models, &filter).await? {
        let voucher = voucher(&operator.read_models, credit.credit).await?;
        credits.push(Listed { credit, voucher });
    }
    operator.close().await;
    if args.json {
        credits.iter().try_for_each(output::json)?;
    } else {
        let rows = credits.iter().map(|listed| {
            let c = &listed.credit;
            [
                c.credit.to_string(),
                c.request.to_string(),
                c.amount.to_string(),
                c.reason.as_str().into(),
                state(listed),
            ]
        });
        output::table(["CREDIT", "REQUEST", "USD", "REASON", "STATE"], rows);
    }
    Ok(ExitCode::SUCCESS)
}

/// A refund credit, and what is left of it if it is a voucher.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    credit: RefundCreditRow,
    voucher: Option<VoucherRow>,
}

fn state(listed: &Listed) -> String {
    match &listed.voucher {
        Some(voucher) if !voucher.expired.is_zero() => format!("voucher, expired with {}", voucher.expired),
        Some(voucher) if voucher.coded_at.is_none() => format!("voucher, {} left, not claimed", voucher.remainder),
        Some(voucher) => format!("voucher, {} left", voucher.remainder),
        None if listed.credit.applied_at.is_some() => "applied".to_owned(),
        None => "outstanding".to_owned(),
    }
}

async fn explain(id: &str, json: bool, config: &Config) -> anyhow::Result<ExitCode> {
    let subject = match (id.parse::<RequestId>(), id.parse::<CreditId>()) {
        (Ok(request), _) => Subject::Request(request),
        (Err(_), Ok(credit)) => Subject::Credit(credit),
        (Err(_), Err(_)) => anyhow::bail!("{id} is neither a request (req_…) nor a refund credit (cr_…)"),
    };
    let operator = operator::open(config).await?;
    operator.fresh_reader().await?;
    let shown = show(&operator.journal, &operator.read_models, subject).await?;
    operator.close().await;
    let shown = shown.with_context(|| format!("the log knows nothing of {id}"))?;
    if json {
        output::json(&shown)?;
    } else {
        print(&shown);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(shown: &Shown) {
    let events = shown.events.iter().map(|e| [e.position.to_string(), e.kind.clone(), e.data.to_string()]);
    output::table(["POSITION", "EVENT", "DATA"], events);
    output::text("");
    let lines = shown.ledger.iter().map(|line| {
        [line.position.to_string(), line.account.clone(), line.debit.to_string(), line.credit.to_string()]
    });
    output::table(["POSITION", "LEDGER ACCOUNT", "DEBIT USD", "CREDIT USD"], lines);
}

async fn replay(request: Option<RequestId>, dry_run: bool, json: bool, config: &Config) -> anyhow::Result<ExitCode> {
    let operator = operator::open(config).await?;
    operator.fresh_reader().await?;
    let selection = request.map_or(Selection::All, Selection::Request);
    let replay = replay_refunds(&operator.journal, &operator.read_models, selection, dry_run).await?;
    operator.close().await;
    if json {
        output::json(&replay)?;
    } else {
        for difference in &replay.differences {
            output::text(format_args!("{}: the read model differs from the log", difference.credit));
        }
        let done = if replay.written { "mended" } else { "nothing written" };
        let (credits, wrong) = (replay.credits, replay.differences.len());
        output::text(format_args!("{credits} credits up to position {}, {wrong} differ; {done}", replay.position));
    }
    Ok(if replay.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
