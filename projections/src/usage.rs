//! The projection of usage: calls, tokens and money by account, day and endpoint.

use std::collections::BTreeMap;

use aipaygen_events::account::RequestCompleted;
use aipaygen_events::request::RequestEvent;
use aipaygen_events::{AccountId, Timestamp};
use aipaygen_journal::db::Tx;
use serde::Serialize;

use crate::Entry;
use crate::write::{ApplyError, Sql, write};

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// The day, UTC, in which a moment lies, counted from 1970-01-01.
pub(crate) const fn day_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(DAY_MICROS)
}

/// The midnight at which a day begins.
pub(crate) const fn midnight(day: i64) -> Timestamp {
    Timestamp::from_micros(day.saturating_mul(DAY_MICROS))
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Of<'a> {
    account: AccountId,
    day: i64,
    endpoint: &'a str,
}

#[derive(Default, Serialize)]
struct Used {
    calls: u64,
    completed: u64,
    refunded: u64,
    tokens_input: u64,
    tokens_output: u64,
    spent: u64,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    of: Of<'a>,
    #[serde(flatten)]
    used: Used,
}

pub(crate) async fn apply(tx: &mut Tx, entries: &[Entry]) -> Result<(), ApplyError> {
    let mut rows = BTreeMap::<Of<'_>, Used>::new();
    for entry in entries {
        if let Some((of, used)) = used(entry) {
            rows.entry(of).or_default().add(&used);
        }
    }
    let rows: Vec<_> = rows.into_iter().map(|(of, used)| Row { of, used }).collect();
    write(tx, &ADD, &rows).await
}

/// What an event adds to which row.
fn used(entry: &Entry) -> Option<(Of<'_>, Used)> {
    let of = |account, endpoint| Of { account, day: day_of(entry.at), endpoint };
    match entry.event.request()? {
        RequestEvent::Charged(e) => Some((of(e.account, &e.endpoint), Used { calls: 1, ..Used::default() })),
        RequestEvent::Completed(e) => Some((of(e.account, &e.endpoint), completed(e))),
        RequestEvent::Refunded(e) => Some((of(e.account, &e.endpoint), Used { refunded: 1, ..Used::default() })),
    }
}

fn completed(e: &RequestCompleted) -> Used {
    Used {
        completed: 1,
        tokens_input: e.tokens.input,
        tokens_output: e.tokens.output,
        spent: e.price.micro_usd(),
        ..Used::default()
    }
}

impl Used {
    /// Tokens are whatever a model claims: a sum that cannot be is refused by the column, not wrapped around.
    fn add(&mut self, more: &Self) {
        self.calls += more.calls;
        self.completed += more.completed;
        self.refunded += more.refunded;
        self.tokens_input = self.tokens_input.saturating_add(more.tokens_input);
        self.tokens_output = self.tokens_output.saturating_add(more.tokens_output);
        self.spent += more.spent;
    }
}

const ADD: Sql = Sql {
    table: "usage",
    postgres: "INSERT INTO usage (account, day, endpoint, calls, completed, refunded, tokens_input, tokens_output,
            spent)
        SELECT account, day, endpoint, calls, completed, refunded, tokens_input, tokens_output, spent
        FROM json_to_recordset($1::json) AS d (account text, day bigint, endpoint text, calls bigint,
            completed bigint, refunded bigint, tokens_input bigint, tokens_output bigint, spent bigint)
        ON CONFLICT (account, day, endpoint) DO UPDATE SET calls = usage.calls + excluded.calls,
            completed = usage.completed + excluded.completed, refunded = usage.refunded + excluded.refunded,
            tokens_input = usage.tokens_input + excluded.tokens_input,
            tokens_output = usage.tokens_output + excluded.tokens_output, spent = usage.spent + excluded.spent",
    sqlite: "INSERT INTO usage (account, day, endpoint, calls, completed, refunded, tokens_input, tokens_output,
            spent)
        SELECT value->>'account', value->>'day', value->>'endpoint', value->>'calls', value->>'completed',
            value->>'refunded', value->>'tokens_input', value->>'tokens_output', value->>'spent'
        FROM json_each($1)
        WHERE true
        ON CONFLICT (account, day, endpoint) DO UPDATE SET calls = usage.calls + excluded.calls,
            completed = usage.completed + excluded.completed, refunded = usage.refunded + excluded.refunded,
            tokens_input = usage.tokens_input + excluded.tokens_input,
            tokens_output = usage.tokens_output + excluded.tokens_output, spent = usage.spent + excluded.spent",
};
