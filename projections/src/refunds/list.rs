//! Which refund credits there are.

use aipaygen_events::account::RefundReason;
use aipaygen_events::{AccountId, CreditId, MicroUsd, Timestamp};
use aipaygen_journal::db::{Db, Row, Value};
use serde::Serialize;

use super::RefundCreditRow;
use crate::ReadError;
use crate::reader::parse::{at, int, money, opt_int, opt_text, text, word};

/// Which credits to list, newest first.
#[derive(Clone, Copy, Debug)]
pub struct RefundFilter {
    /// Only those of this account.
    pub account: Option<AccountId>,
    /// Only those that were issued at or after this moment.
    pub since: Option<Timestamp>,
    /// Only those for this reason.
    pub reason: Option<RefundReason>,
    /// At most so many.
    pub limit: u32,
}

/// The credits that pass the filter, newest first.
pub async fn list_refunds(db: &Db, filter: &RefundFilter) -> Result<Vec<RefundCreditRow>, ReadError> {
    let values = [
        Value::from(filter.account.map(|account| account.to_string())),
        Value::from(filter.since.map(Timestamp::micros)),
        Value::from(filter.reason.map(RefundReason::as_str)),
        Value::from(filter.limit),
    ];
    db.fetch_all(LIST, &values).await?.iter().map(credit).collect()
}

/// A row with the columns of the whole table.
pub(super) fn credit(row: &Row) -> Result<RefundCreditRow, ReadError> {
    Ok(RefundCreditRow {
        credit: text(row, "credit")?,
        request: text(row, "request")?,
        account: text(row, "account")?,
        key: opt_text(row, "key")?,
        endpoint: row.text("endpoint")?,
        http_status: int(row, "http_status")?,
        amount: money(row, "amount")?,
        tender: word(row, "tender")?,
        reason: word(row, "reason")?,
        issued_at: at(row, "issued_at")?,
        issued_position: row.u64("issued_position")?,
        applied_at: row.opt_i64("applied_at")?.map(Timestamp::from_micros),
        applied_position: opt_int(row, "applied_position")?,
    })
}

/// What is left of a refund credit that is a voucher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VoucherRow {
    /// The credit.
    pub credit: CreditId,
    /// What it was issued with.
    pub amount: MicroUsd,
    /// What is left.
    pub remainder: MicroUsd,
    /// What was left when its time was over.
    pub expired: MicroUsd,
    /// When a code was shown last; `None` if nobody has seen one.
    pub coded_at: Option<Timestamp>,
    /// When its time is over.
    pub expires_at: Timestamp,
}

/// The voucher that a refund credit is; `None` if it went to a balance.
pub async fn voucher(db: &Db, credit: CreditId) -> Result<Option<VoucherRow>, ReadError> {
    let row = db.fetch_optional(VOUCHER, &[Value::text(credit)]).await?;
    row.as_ref().map(voucher_row).transpose()
}

fn voucher_row(row: &Row) -> Result<VoucherRow, ReadError> {
    Ok(VoucherRow {
        credit: text(row, "credit")?,
        amount: money(row, "amount")?,
        remainder: money(row, "remainder")?,
        expired: money(row, "expired")?,
        coded_at: row.opt_i64("coded_at")?.map(Timestamp::from_micros),
        expires_at: at(row, "expires_at")?,
    })
}

const VOUCHER: &str = "SELECT credit, amount, remainder, expired, coded_at, expires_at
    FROM vouchers WHERE credit = $1";

const LIST: &str = "SELECT credit, request, account, key, endpoint, http_status, amount, tender, reason, issued_at,
        issued_position, applied_at, applied_position
    FROM refund_credits
    WHERE (CAST($1 AS text) IS NULL OR account = $1) AND (CAST($2 AS bigint) IS NULL OR issued_at >= $2)
        AND (CAST($3 AS text) IS NULL OR reason = $3)
    ORDER BY issued_position DESC LIMIT $4";
