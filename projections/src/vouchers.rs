//! The projection of vouchers: what is left on each.

use std::collections::BTreeMap;

use aipaygen_events::credit::{CreditEvent, CreditIssued};
use aipaygen_events::{AccountId, CreditId, Event, MicroUsd, RequestId, Timestamp};
use aipaygen_journal::db::Tx;
use serde::Serialize;

use crate::Entry;
use crate::write::{ApplyError, Sql, write};

#[derive(Serialize)]
struct Issued {
    credit: CreditId,
    request: RequestId,
    account: AccountId,
    amount: MicroUsd,
    coded_at: Option<Timestamp>,
    issued_at: Timestamp,
    issued_position: u64,
    expires_at: Timestamp,
}

/// What one voucher loses over a whole batch: one row written, however many events.
#[derive(Default, Serialize)]
struct Change {
    taken: u64,
    expired: u64,
    coded_at: Option<Timestamp>,
    position: u64,
}

#[derive(Serialize)]
struct Changed {
    credit: CreditId,
    #[serde(flatten)]
    by: Change,
}

pub(crate) async fn apply(tx: &mut Tx, entries: &[Entry]) -> Result<(), ApplyError> {
    let (mut issued, mut changes) = (vec![], BTreeMap::<_, Change>::new());
    for entry in entries {
        match &entry.event {
            Event::Credit(CreditEvent::Issued(e)) => issued.push(issue(e, entry)),
            Event::Credit(event) => change(event, entry, &mut changes),
            Event::Account(_) | Event::Payment(_) | Event::Idempotency(_) => {}
        }
    }
    let changed: Vec<_> = changes.into_iter().map(|(credit, by)| Changed { credit, by }).collect();
    write(tx, &ISSUE, &issued).await?;
    write(tx, &CHANGE, &changed).await
}

fn issue(e: &CreditIssued, entry: &Entry) -> Issued {
    Issued {
        credit: e.credit,
        request: e.request,
        account: e.account,
        amount: e.amount,
        coded_at: e.hash.map(|_| e.issued_at),
        issued_at: entry.at,
        issued_position: entry.position,
        expires_at: e.expires_at,
    }
}

/// The price goes with the charge, which is what the ledger books.
fn change(event: &CreditEvent, entry: &Entry, changes: &mut BTreeMap<CreditId, Change>) {
    let (credit, by) = match event {
        CreditEvent::Charged(e) => (e.voucher, Change { taken: e.amount.micro_usd(), ..Change::default() }),
        CreditEvent::Expired(e) => (Some(e.credit), Change { expired: e.amount.micro_usd(), ..Change::default() }),
        CreditEvent::Coded(e) => (Some(e.credit), Change { coded_at: Some(e.coded_at), ..Change::default() }),
        CreditEvent::Issued(_) | CreditEvent::Spent(_) | CreditEvent::Completed(_) | CreditEvent::Refunded(_) => {
            return;
        }
    };
    if let Some(credit) = credit {
        let change = changes.entry(credit).or_default();
        change.taken += by.taken;
        change.expired += by.expired;
        change.coded_at = by.coded_at.or(change.coded_at);
        change.position = entry.position;
    }
}

const ISSUE: Sql = Sql {
    table: "vouchers",
    postgres: "INSERT INTO vouchers (credit, request, account, amount, remainder, expired, coded_at, issued_at,
            issued_position, expires_at, position)
        SELECT credit, request, account, amount, amount, 0, coded_at, issued_at, issued_position, expires_at,
            issued_position
        FROM json_to_recordset($1::json) AS d (credit text, request text, account text, amount bigint,
            coded_at bigint, issued_at bigint, issued_position bigint, expires_at bigint)",
    sqlite: "INSERT INTO vouchers (credit, request, account, amount, remainder, expired, coded_at, issued_at,
            issued_position, expires_at, position)
        SELECT value->>'credit', value->>'request', value->>'account', value->>'amount', value->>'amount', 0,
            value->>'coded_at', value->>'issued_at', value->>'issued_position', value->>'expires_at',
            value->>'issued_position'
        FROM json_each($1)",
};

const CHANGE: Sql = Sql {
    table: "vouchers",
    postgres: "UPDATE vouchers SET remainder = vouchers.remainder - d.taken - d.expired,
            expired = vouchers.expired + d.expired, coded_at = COALESCE(d.coded_at, vouchers.coded_at),
            position = d.position
        FROM json_to_recordset($1::json) AS d (credit text, taken bigint, expired bigint, coded_at bigint,
            position bigint)
        WHERE vouchers.credit = d.credit",
    sqlite: "UPDATE vouchers SET remainder = vouchers.remainder - (d.value->>'taken') - (d.value->>'expired'),
            expired = vouchers.expired + (d.value->>'expired'),
            coded_at = COALESCE(d.value->>'coded_at', vouchers.coded_at), position = d.value->>'position'
        FROM json_each($1) AS d WHERE vouchers.credit = d.value->>'credit'",
};
