//! The projection of refund credits: what was given back for each request that failed. One is put on the balance that
//! had paid; the others are vouchers.

use aipaygen_events::account::{AccountEvent, CreditApplied, RefundReason, RequestRefunded, Tender};
use aipaygen_events::request::RequestEvent;
use aipaygen_events::{AccountId, CreditId, Event, KeyId, MicroUsd, RequestId, Timestamp};
use aipaygen_journal::db::Tx;
use serde::Serialize;

use crate::Entry;
use crate::write::{ApplyError, Sql, write};

#[derive(Serialize)]
struct Issued<'a> {
    credit: CreditId,
    request: RequestId,
    account: AccountId,
    key: Option<KeyId>,
    endpoint: &'a str,
    http_status: u16,
    amount: MicroUsd,
    tender: Tender,
    reason: RefundReason,
    issued_at: Timestamp,
    issued_position: u64,
}

#[derive(Serialize)]
struct Applied {
    credit: CreditId,
    amount: MicroUsd,
    applied_at: Timestamp,
    applied_position: u64,
}

pub(crate) async fn apply(tx: &mut Tx, entries: &[Entry]) -> Result<(), ApplyError> {
    let (mut issued, mut applied) = (vec![], vec![]);
    for entry in entries {
        if let Some(RequestEvent::Refunded(e)) = entry.event.request() {
            issued.push(issue(e, entry));
        }
        if let Event::Account(AccountEvent::CreditApplied(e)) = &entry.event {
            applied.push(put(e, entry));
        }
    }
    // A credit is applied after it was issued, so writing all of the one kind first keeps the order.
    write(tx, &ISSUE, &issued).await?;
    write(tx, &APPLY, &applied).await
}

fn issue<'a>(e: &'a RequestRefunded, entry: &Entry) -> Issued<'a> {
    Issued {
        credit: e.credit,
        request: e.request,
        account: e.account,
        key: e.key,
        endpoint: &e.endpoint,
        http_status: e.status,
        amount: e.amount,
        tender: e.tender,
        reason: e.reason,
        issued_at: entry.at,
        issued_position: entry.position,
    }
}

fn put(e: &CreditApplied, entry: &Entry) -> Applied {
    Applied { credit: e.credit, amount: e.amount, applied_at: entry.at, applied_position: entry.position }
}

const ISSUE: Sql = Sql {
    table: "refund_credits",
    postgres: "INSERT INTO refund_credits (credit, request, account, key, endpoint, http_status, amount, tender,
            reason, issued_at, issued_position)
        SELECT credit, request, account, key, endpoint, http_status, amount, tender, reason, issued_at,
            issued_position
        FROM json_to_recordset($1::json) AS d (credit text, request text, account text, key text, endpoint text,
            http_status bigint, amount bigint, tender text, reason text, issued_at bigint, issued_position bigint)",
    sqlite: "INSERT INTO refund_credits (credit, request, account, key, endpoint, http_status, amount, tender,
            reason, issued_at, issued_position)
        SELECT value->>'credit', value->>'request', value->>'account', value->>'key', value->>'endpoint',
            value->>'http_status', value->>'amount', value->>'tender', value->>'reason', value->>'issued_at',
            value->>'issued_position'
        FROM json_each($1)",
};

const APPLY: Sql = Sql {
    table: "refund_credits",
    postgres: "UPDATE refund_credits SET applied_at = d.applied_at, applied_position = d.applied_position
        FROM json_to_recordset($1::json) AS d (credit text, amount bigint, applied_at bigint,
            applied_position bigint)
        WHERE refund_credits.credit = d.credit AND refund_credits.amount = d.amount
            AND refund_credits.applied_at IS NULL",
    sqlite: "UPDATE refund_credits SET applied_at = d.value->>'applied_at',
            applied_position = d.value->>'applied_position'
        FROM json_each($1) AS d
        WHERE refund_credits.credit = d.value->>'credit' AND refund_credits.amount = d.value->>'amount'
            AND refund_credits.applied_at IS NULL",
};
