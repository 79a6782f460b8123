//! Payments as support, finance and the reconciler ask for them.

use aipaygen_events::payment::Evidence;
use aipaygen_events::{AccountId, Address, CreditId, Hash, MicroUsd, PaymentId, RequestId, Timestamp};
use aipaygen_journal::Reader as Log;
use aipaygen_journal::db::{Db, Row, Value};
use serde::Serialize;

use super::PaymentStatus;
use crate::ReadError;
use crate::reader::parse::{at, int, money, opt_int, opt_text, text, word};
use crate::refunds::{EventLine, payment_events};
use crate::replay::ReplayError;

/// One x402 payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentRow {
    /// Its identity.
    pub payment: PaymentId,
    /// The account of the wallet that pays.
    pub account: AccountId,
    /// The request that it pays, or that brought it.
    pub request: RequestId,
    /// Method and route template.
    pub endpoint: String,
    /// The account that it tops up, if it does.
    pub topup: Option<AccountId>,
    /// How much.
    pub amount: MicroUsd,
    /// Who is paid.
    pub pay_to: Address,
    /// The Unix second at which it can be obeyed no more.
    pub valid_before: u64,
    /// When the request that brought it is given up.
    pub deadline: Timestamp,
    /// How it stands.
    pub status: PaymentStatus,
    /// Whose word a failure is.
    pub evidence: Option<Evidence>,
    /// Why it failed, or is not known.
    pub reason: Option<String>,
    /// The transaction that has moved it, or may have.
    pub transaction: Option<Hash>,
    /// The block of the transaction.
    pub block: Option<u64>,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    /// The position in the log of its claim.
    pub claimed_position: u64,
    /// When that was decided how it stands.
    pub changed_at: Timestamp,
    /// The position in the log of that.
    pub changed_position: u64,
}

/// Which payments to list, newest first.
#[derive(Clone, Copy, Debug)]
pub struct PaymentFilter {
    /// Only those of this account.
    pub account: Option<AccountId>,
    /// Only those that stand so.
    pub status: Option<PaymentStatus>,
    /// Only those that were claimed at or after this moment.
    pub since: Option<Timestamp>,
    /// Only those that were claimed before this moment.
    pub until: Option<Timestamp>,
    /// At most so many.
    pub limit: u32,
}

/// What names a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentSubject {
    /// Itself.
    Payment(PaymentId),
    /// The request that it pays, or that brought it.
    Request(RequestId),
    /// The transaction that moved it.
    Transaction(Hash),
}

/// A payment with its events.
#[derive(Clone, Debug, Serialize)]
pub struct PaymentDetail {
    /// Its row.
    pub payment: PaymentRow,
    /// Its own events, from the log. Signatures are public once used, and of no use to anybody but us.
    pub events: Vec<EventLine>,
}

/// The payments that pass the filter, newest first.
pub async fn list_payments(db: &Db, filter: &PaymentFilter) -> Result<Vec<PaymentRow>, ReadError> {
    let values = [
        Value::from(filter.account.map(|account| account.to_string())),
        Value::from(filter.status.map(PaymentStatus::as_str)),
        Value::from(filter.since.map(Timestamp::micros)),
        Value::from(filter.until.map(Timestamp::micros)),
        Value::from(filter.limit),
    ];
    db.fetch_all(LIST, &values).await?.iter().map(payment).collect()
}

/// One payment, with its events.
pub async fn show_payment(log: &Log, db: &Db, subject: PaymentSubject) -> Result<Option<PaymentDetail>, ReplayError> {
    let row = match subject {
        PaymentSubject::Payment(payment) => db.fetch_optional(BY_PAYMENT, &[Value::text(payment)]).await,
        PaymentSubject::Request(request) => db.fetch_optional(BY_REQUEST, &[Value::text(request)]).await,
        PaymentSubject::Transaction(hash) => db.fetch_optional(BY_TRANSACTION, &[Value::text(hash)]).await,
    };
    let Some(row) = row.map_err(ReadError::from)? else { return Ok(None) };
    let payment = payment(&row)?;
    let events = payment_events(log, payment.payment).await?;
    Ok(Some(PaymentDetail { payment, events }))
}

/// Payments whose fate is to be looked for, the oldest first: claimed or unknown since before the one moment, or failed
/// by somebody's word and run out before the other, a Unix second.
pub(crate) async fn undecided(
    db: &Db,
    claimed_before: Timestamp,
    run_out_before: i64,
    limit: u32,
) -> Result<Vec<PaymentId>, ReadError> {
    let values = [Value::int(claimed_before.micros()), Value::int(run_out_before), Value::int(limit)];
    db.fetch_all(UNDECIDED, &values).await?.iter().map(|row| text(row, "payment")).collect()
}

/// Payments that settled after a block, the oldest first.
pub(crate) async fn settled_after(db: &Db, block: u64, limit: u32) -> Result<Vec<PaymentId>, ReadError> {
    let values = [Value::int(i64::try_from(block).unwrap_or(i64::MAX)), Value::int(limit)];
    db.fetch_all(SETTLED_AFTER, &values).await?.iter().map(|row| text(row, "payment")).collect()
}

/// Vouchers past their time with something left on them, the longest first.
pub(crate) async fn expired_vouchers(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<CreditId>, ReadError> {
    let values = [Value::int(now.micros()), Value::int(limit)];
    db.fetch_all(EXPIRED, &values).await?.iter().map(|row| text(row, "credit")).collect()
}

fn payment(row: &Row) -> Result<PaymentRow, ReadError> {
    Ok(PaymentRow {
        payment: text(row, "payment")?,
        account: text(row, "account")?,
        request: text(row, "request")?,
        endpoint: row.text("endpoint")?,
        topup: opt_text(row, "topup")?,
        amount: money(row, "amount")?,
        pay_to: text(row, "pay_to")?,
        valid_before: int(row, "valid_before")?,
        deadline: at(row, "deadline")?,
        status: word(row, "status")?,
        evidence: row.opt_text("evidence")?.map(|_| word(row, "evidence")).transpose()?,
        reason: row.opt_text("reason")?,
        transaction: opt_text(row, "transaction_hash")?,
        block: opt_int(row, "block")?,
        claimed_at: at(row, "claimed_at")?,
        claimed_position: row.u64("claimed_position")?,
        changed_at: at(row, "changed_at")?,
        changed_position: row.u64("changed_position")?,
    })
}

const LIST: &str =
    "SELECT payment, account, request, endpoint, topup, amount, pay_to, valid_before, deadline, status,
        evidence, reason, transaction_hash, block, claimed_at, claimed_position, changed_at, changed_position
    FROM payments
    WHERE (CAST($1 AS text) IS NULL OR account = $1) AND (CAST($2 AS text) IS NULL OR status = $2)
        AND (CAST($3 AS bigint) IS NULL OR claimed_at >= $3) AND (CAST($4 AS bigint) IS NULL OR claimed_at < $4)
    ORDER BY claimed_position DESC LIMIT $5";

const BY_PAYMENT: &str = "SELECT payment, account, request, endpoint, topup, amount, pay_to, valid_before, deadline,
        status, evidence, reason, transaction_hash, block, claimed_at, claimed_position, changed_at, changed_position
    FROM payments WHERE payment = $1";

const BY_REQUEST: &str = "SELECT payment, account, request, endpoint, topup, amount, pay_to, valid_before, deadline,
        status, evidence, reason, transaction_hash, block, claimed_at, claimed_position, changed_at, changed_position
    FROM payments WHERE request = $1";

const BY_TRANSACTION: &str = "SELECT payment, account, request, endpoint, topup, amount, pay_to, valid_before,
        deadline, status, evidence, reason, transaction_hash, block, claimed_at, claimed_position, changed_at,
        changed_position
    FROM payments WHERE transaction_hash = $1";

const UNDECIDED: &str = "SELECT payment FROM payments
    WHERE (status IN ('claimed', 'unknown') AND claimed_at < $1)
        OR (status = 'failed' AND evidence = 'told' AND valid_before < $2)
    ORDER BY claimed_at LIMIT $3";

const SETTLED_AFTER: &str = "SELECT payment FROM payments WHERE status = 'settled' AND block > $1
    ORDER BY block LIMIT $2";

const EXPIRED: &str = "SELECT credit FROM vouchers WHERE remainder > 0 AND expires_at <= $1
    ORDER BY expires_at LIMIT $2";
