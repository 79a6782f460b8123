//! Amounts and moments as callers read them.

use aipaygen_events::{MicroUsd, Timestamp};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Adds an amount under two names: `<name>_micro_usd` as an integer and `<name>_usd` as text.
pub(crate) fn put(object: &mut Value, name: &str, amount: MicroUsd) {
    object[format!("{name}_micro_usd")] = json!(amount);
    object[format!("{name}_usd")] = amount.to_string().into();
}

/// RFC 3339, in UTC.
pub(super) fn moment(at: Timestamp) -> Option<String> {
    utc(at)?.format(&Rfc3339).ok()
}

/// The date alone.
pub(super) fn day(at: Timestamp) -> Option<String> {
    utc(at).map(|at| at.date().to_string())
}

fn utc(at: Timestamp) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.micros()) * 1_000).ok()
}
