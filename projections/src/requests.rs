//! The projection of requests: each charge, and how it has ended.

use aipaygen_events::account::{Pricing, RefundReason, RequestCharged, RequestCompleted, RequestRefunded, Tender};
use aipaygen_events::request::RequestEvent;
use aipaygen_events::{AccountId, CreditId, KeyId, MicroUsd, PaymentId, RequestId, Timestamp};
use aipaygen_journal::db::Tx;
use serde::Serialize;

use crate::Entry;
use crate::reader::RequestStatus;
use crate::write::{ApplyError, Sql, write};

#[derive(Serialize)]
struct Charged<'a> {
    request: RequestId,
    account: AccountId,
    key: Option<KeyId>,
    endpoint: &'a str,
    charged: MicroUsd,
    pricing: Pricing,
    tender: Tender,
    payment: Option<PaymentId>,
    voucher: Option<CreditId>,
    deadline: Timestamp,
    charged_at: Timestamp,
    charged_position: u64,
}

#[derive(Serialize)]
struct Ended {
    request: RequestId,
    status: RequestStatus,
    http_status: u16,
    charged: MicroUsd,
    price: Option<MicroUsd>,
    released: MicroUsd,
    tokens_input: u64,
    tokens_output: u64,
    reason: Option<RefundReason>,
    credit: Option<CreditId>,
    duration_ms: Option<u64>,
    ended_at: Timestamp,
    ended_position: u64,
}

pub(crate) async fn apply(tx: &mut Tx, entries: &[Entry]) -> Result<(), ApplyError> {
    let (mut charged, mut ended) = (vec![], vec![]);
    for entry in entries {
        match entry.event.request() {
            Some(RequestEvent::Charged(e)) => charged.push(charge(e, entry)),
            Some(RequestEvent::Completed(e)) => ended.push(complete(e, entry)),
            Some(RequestEvent::Refunded(e)) => ended.push(refund(e, entry)),
            None => {}
        }
    }
    // A request ends once, after its charge, so writing all charges first keeps the order.
    write(tx, &CHARGE, &charged).await?;
    write(tx, &END, &ended).await
}

fn charge<'a>(e: &'a RequestCharged, entry: &Entry) -> Charged<'a> {
    Charged {
        request: e.request,
        account: e.account,
        key: e.key,
        endpoint: &e.endpoint,
        charged: e.amount,
        pricing: e.pricing,
        tender: e.tender,
        payment: e.payment,
        voucher: e.voucher,
        deadline: e.deadline,
        charged_at: entry.at,
        charged_position: entry.position,
    }
}

fn complete(e: &RequestCompleted, entry: &Entry) -> Ended {
    Ended {
        request: e.request,
        status: RequestStatus::Completed,
        http_status: e.status,
        charged: e.charged,
        price: Some(e.price),
        released: e.released,
        tokens_input: e.tokens.input,
        tokens_output: e.tokens.output,
        reason: None,
        credit: None,
        duration_ms: Some(e.duration_ms),
        ended_at: entry.at,
        ended_position: entry.position,
    }
}

fn refund(e: &RequestRefunded, entry: &Entry) -> Ended {
    Ended {
        request: e.request,
        status: RequestStatus::Refunded,
        http_status: e.status,
        charged: e.amount,
        price: None,
        released: e.amount,
        tokens_input: 0,
        tokens_output: 0,
        reason: Some(e.reason),
        credit: Some(e.credit),
        duration_ms: None,
        ended_at: entry.at,
        ended_position: entry.position,
    }
}

const CHARGE: Sql = Sql {
    table: "requests",
    postgres: "INSERT INTO requests (request, account, key, endpoint, status, charged, released, tokens_input,
            tokens_output, pricing, tender, payment, voucher, deadline, charged_at, charged_position)
        SELECT request, account, key, endpoint, 'open', charged, 0, 0, 0, pricing, tender, payment, voucher,
            deadline, charged_at, charged_position
        FROM json_to_recordset($1::json) AS d (request text, account text, key text, endpoint text, charged bigint,
            pricing text, tender text, payment text, voucher text, deadline bigint, charged_at bigint, charged_position bigint)",
    sqlite: "INSERT INTO requests (request, account, key, endpoint, status, charged, released, tokens_input,
            tokens_output, pricing, tender, payment, voucher, deadline, charged_at, charged_position)
        SELECT value->>'request', value->>'account', value->>'key', value->>'endpoint', 'open', value->>'charged',
            0, 0, 0, value->>'pricing', value->>'tender', value->>'payment', value->>'voucher',
            value->>'deadline', value->>'charged_at', value->>'charged_position'
        FROM json_each($1)",
};

const END: Sql = Sql {
    table: "requests",
    postgres: "UPDATE requests SET status = d.status, http_status = d.http_status, price = d.price,
            released = d.released, tokens_input = d.tokens_input, tokens_output = d.tokens_output,
            reason = d.reason, credit = d.credit, duration_ms = d.duration_ms, ended_at = d.ended_at,
            ended_position = d.ended_position
        FROM json_to_recordset($1::json) AS d (request text, status text, http_status bigint, charged bigint,
            price bigint, released bigint, tokens_input bigint, tokens_output bigint, reason text, credit text,
            duration_ms bigint, ended_at bigint, ended_position bigint)
        WHERE requests.request = d.request AND requests.status = 'open' AND requests.charged = d.charged",
    sqlite: "UPDATE requests SET status = d.value->>'status', http_status = d.value->>'http_status',
            price = d.value->>'price', released = d.value->>'released', tokens_input = d.value->>'tokens_input',
            tokens_output = d.value->>'tokens_output', reason = d.value->>'reason', credit = d.value->>'credit',
            duration_ms = d.value->>'duration_ms', ended_at = d.value->>'ended_at',
            ended_position = d.value->>'ended_position'
        FROM json_each($1) AS d
        WHERE requests.request = d.value->>'request' AND requests.status = 'open'
            AND requests.charged = d.value->>'charged'",
};
