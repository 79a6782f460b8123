//! The projection of API keys: what authentication looks up.

use aipaygen_events::account::{AccountEvent, KeyIssued, KeyRevoked};
use aipaygen_events::api_key::KeyHash;
use aipaygen_events::{AccountId, Event, KeyId, Timestamp};
use aipaygen_journal::db::Tx;
use serde::Serialize;

use crate::Entry;
use crate::write::{ApplyError, Sql, write};

#[derive(Serialize)]
struct Issued<'a> {
    key: KeyId,
    account: AccountId,
    hash: KeyHash,
    label: &'a str,
    expires_at: Option<Timestamp>,
    issued_at: Timestamp,
}

#[derive(Serialize)]
struct Revoked {
    key: KeyId,
    revoked_at: Timestamp,
}

pub(crate) async fn apply(tx: &mut Tx, entries: &[Entry]) -> Result<(), ApplyError> {
    let (mut issued, mut revoked) = (vec![], vec![]);
    for Entry { at, event, .. } in entries {
        match event {
            Event::Account(AccountEvent::KeyIssued(e)) => issued.push(issue(e, *at)),
            Event::Account(AccountEvent::KeyRevoked(KeyRevoked { key, .. })) => {
                revoked.push(Revoked { key: *key, revoked_at: *at });
            }
            Event::Account(
                AccountEvent::Opened(_)
                | AccountEvent::Deposited(_)
                | AccountEvent::Charged(_)
                | AccountEvent::Completed(_)
                | AccountEvent::Refunded(_)
                | AccountEvent::CreditApplied(_),
            )
            | Event::Payment(_)
            | Event::Credit(_)
            | Event::Idempotency(_) => {}
        }
    }
    // A key is revoked after it was issued, so writing all of the one kind first keeps the order.
    write(tx, &INSERT, &issued).await?;
    write(tx, &REVOKE, &revoked).await
}

fn issue(e: &KeyIssued, issued_at: Timestamp) -> Issued<'_> {
    let KeyIssued { account, key, hash, label, expires_at } = e;
    Issued { key: *key, account: *account, hash: *hash, label, expires_at: *expires_at, issued_at }
}

const INSERT: Sql = Sql {
    table: "keys",
    postgres: "INSERT INTO keys (key, account, hash, label, expires_at, issued_at)
        SELECT key, account, hash, label, expires_at, issued_at FROM json_to_recordset($1::json) AS d
        (key text, account text, hash text, label text, expires_at bigint, issued_at bigint)",
    sqlite: "INSERT INTO keys (key, account, hash, label, expires_at, issued_at)
        SELECT value->>'key', value->>'account', value->>'hash', value->>'label', value->>'expires_at',
            value->>'issued_at' FROM json_each($1)",
};

const REVOKE: Sql = Sql {
    table: "keys",
    postgres: "UPDATE keys SET revoked_at = d.revoked_at
        FROM json_to_recordset($1::json) AS d (key text, revoked_at bigint)
        WHERE keys.key = d.key AND keys.revoked_at IS NULL",
    sqlite: "UPDATE keys SET revoked_at = d.value->>'revoked_at' FROM json_each($1) AS d
        WHERE keys.key = d.value->>'key' AND keys.revoked_at IS NULL",
};
