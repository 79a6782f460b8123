//! The projection of balances: what each account can spend, and what is held for requests in flight.

use std::collections::BTreeMap;

use aipaygen_events::account::AccountEvent;
use aipaygen_events::{AccountId, Event, MicroUsd};
use aipaygen_journal::db::Tx;
use serde::Serialize;

use crate::Entry;
use crate::write::{ApplyError, Sql, write};

#[derive(Serialize)]
struct Opened<'a> {
    account: AccountId,
    label: &'a str,
    position: u64,
}

/// How far one account moves over a whole batch: one row written, however many events.
#[derive(Default, Serialize)]
struct Move {
    balance: i64,
    held: i64,
    position: u64,
}

#[derive(Serialize)]
struct Moved {
    account: AccountId,
    #[serde(flatten)]
    by: Move,
}

pub(crate) async fn apply(tx: &mut Tx, entries: &[Entry]) -> Result<(), ApplyError> {
    let opened: Vec<_> = entries.iter().filter_map(opened).collect();
    let mut moves = BTreeMap::<_, Move>::new();
    for entry in entries {
        if let Some((account, balance, held)) = moved(&entry.event) {
            let by = moves.entry(account).or_default();
            by.balance += balance;
            by.held += held;
            by.position = entry.position;
        }
    }
    let moved: Vec<_> = moves.into_iter().map(|(account, by)| Moved { account, by }).collect();
    write(tx, &OPEN, &opened).await?;
    write(tx, &MOVE, &moved).await
}

fn opened(entry: &Entry) -> Option<Opened<'_>> {
    if let Event::Account(AccountEvent::Opened(e)) = &entry.event {
        Some(Opened { account: e.account, label: &e.label, position: entry.position })
    } else {
        None
    }
}

/// Whose funds an event moves: into the balance, and into what is held.
fn moved(event: &Event) -> Option<(AccountId, i64, i64)> {
    let micro = MicroUsd::as_i64;
    match event {
        Event::Account(event) => match event {
            AccountEvent::Opened(_) | AccountEvent::KeyIssued(_) | AccountEvent::KeyRevoked(_) => None,
            AccountEvent::Deposited(e) => Some((e.account, micro(e.amount), 0)),
            AccountEvent::Charged(e) => Some((e.account, -micro(e.amount), micro(e.amount))),
            AccountEvent::Completed(e) => Some((e.account, micro(e.released), -micro(e.charged))),
            // The money reaches the balance with the credit that follows.
            AccountEvent::Refunded(e) => Some((e.account, 0, -micro(e.amount))),
            AccountEvent::CreditApplied(e) => Some((e.account, micro(e.amount), 0)),
        },
        Event::Payment(_) | Event::Credit(_) | Event::Idempotency(_) => None,
    }
}

const OPEN: Sql = Sql {
    table: "balances",
    postgres: "INSERT INTO balances (account, label, balance, held, position)
        SELECT account, label, 0, 0, position
        FROM json_to_recordset($1::json) AS d (account text, label text, position bigint)",
    sqlite: "INSERT INTO balances (account, label, balance, held, position)
        SELECT value->>'account', value->>'label', 0, 0, value->>'position' FROM json_each($1)",
};

const MOVE: Sql = Sql {
    table: "balances",
    postgres: "UPDATE balances SET balance = balances.balance + d.balance, held = balances.held + d.held,
            position = d.position
        FROM json_to_recordset($1::json) AS d (account text, balance bigint, held bigint, position bigint)
        WHERE balances.account = d.account",
    sqlite: "UPDATE balances SET balance = balances.balance + (d.value->>'balance'),
            held = balances.held + (d.value->>'held'), position = d.value->>'position'
        FROM json_each($1) AS d WHERE balances.account = d.value->>'account'",
};
