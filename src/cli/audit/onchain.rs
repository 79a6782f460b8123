//! The books and the chain, side by side: what one has and the other has not.

mod compare;

use std::process::ExitCode;

use aipaygen_events::Timestamp;
use aipaygen_payments::x402::{Movement, Witness};
use aipaygen_projections::payments::{PaymentFilter, PaymentRow, list_payments};
use anyhow::{Context, ensure};
use clap::Args;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::output;
use crate::config::Config;
use crate::operator;
use compare::{Difference, compare};

/// How long before its transfer a payment may have been claimed, and after it recorded, in seconds: as long as an
/// authorization may stay valid.
const AROUND_S: u64 = 86_400;

/// Which time, and how to print it.
#[derive(Debug, Args)]
pub(crate) struct Span {
    /// From this moment on, such as 2026-01-31T00:00:00Z
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    from: u64,
    /// Up to this moment, which is left out
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    to: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(span: &Span, config: &Config) -> anyhow::Result<ExitCode> {
    ensure!(span.from < span.to, "--from must be before --to");
    let witness = Witness::init(&config.x402).await.context("x402")?.context("x402.pay_to is not set")?;
    let payments = payments(span, config).await?;
    let before = witness.movements(span.from.saturating_sub(AROUND_S), span.from).await?;
    let within = witness.movements(span.from, span.to).await?;
    let after = witness.movements(span.to, span.to + AROUND_S).await?;

    let moved = [before, within.clone(), after].concat();
    let is_within = |payment: &&PaymentRow| (span.from..span.to).contains(&seconds(payment.changed_at));
    let settled = payments.iter().filter(is_within).filter(|payment| compare::is_settled(payment)).count();
    let differences = compare(witness.subject(), &payments, is_within, &moved, &within);
    print(span, settled, &within, &differences)?;
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The payments that may have moved within the span, or been recorded then.
async fn payments(span: &Span, config: &Config) -> anyhow::Result<Vec<PaymentRow>> {
    let operator = operator::open(config).await?;
    operator.fresh_reader().await?;
    let filter = PaymentFilter {
        account: None,
        status: None,
        since: Some(timestamp(span.from.saturating_sub(AROUND_S))),
        until: Some(timestamp(span.to + AROUND_S)),
        limit: u32::MAX,
    };
    let payments = list_payments(&operator.read_models, &filter).await?;
    operator.close().await;
    Ok(payments)
}

fn print(span: &Span, settled: usize, moved: &[Movement], differences: &[Difference]) -> anyhow::Result<()> {
    if span.json {
        let transfers = moved.len();
        let whole = differences.is_empty();
        return output::json(&json!({
            "matched": whole, "settled": settled, "transfers": transfers, "differences": differences,
        }));
    }
    for difference in differences {
        output::text(difference);
    }
    let verdict =
        if differences.is_empty() { "the books and the chain agree" } else { "the books and the chain differ" };
    output::text(format_args!("{verdict}: {settled} payments settled, {} transfers to us", moved.len()));
    Ok(())
}

fn moment(text: &str) -> Result<u64, String> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "a moment is written as 2026-01-31T00:00:00Z")?;
    u64::try_from(moment.unix_timestamp()).map_err(|_| "a moment is after 1970".to_owned())
}

fn seconds(moment: Timestamp) -> u64 {
    u64::try_from(moment.micros() / 1_000_000).unwrap_or_default()
}

fn timestamp(seconds: u64) -> Timestamp {
    Timestamp::from_micros(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000_000).saturating_mul(1_000_000))
}
