//! The projection of x402 payments: each claim, and what became of it; and the questions over it.

mod ask;

use std::collections::BTreeMap;

use aipaygen_events::payment::{Evidence, PaymentClaimed, PaymentEvent, Reason};
use aipaygen_events::{AccountId, Address, Event, Hash, MicroUsd, PaymentId, RequestId, Timestamp};
use aipaygen_journal::db::Tx;
use serde::{Deserialize, Serialize};

use crate::Entry;
use crate::write::{ApplyError, Sql, write};

pub use ask::{PaymentDetail, PaymentFilter, PaymentRow, PaymentSubject, list_payments, show_payment};
pub(crate) use ask::{expired_vouchers, settled_after, undecided};

/// How a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Somebody is to settle it.
    Claimed,
    /// Whether it has settled is not known.
    Unknown,
    /// It has not.
    Failed,
    /// It has.
    Settled,
}

impl PaymentStatus {
    /// The stable text of the status.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::Settled => "settled",
        }
    }
}

#[derive(Serialize)]
struct Claimed<'a> {
    payment: PaymentId,
    account: AccountId,
    request: RequestId,
    endpoint: &'a str,
    topup: Option<AccountId>,
    amount: MicroUsd,
    pay_to: Address,
    valid_before: u64,
    deadline: Timestamp,
    claimed_at: Timestamp,
    claimed_position: u64,
}

/// What has become of a payment at the end of a batch: one row written, however many events.
#[derive(Serialize)]
struct Fate<'a> {
    payment: PaymentId,
    status: PaymentStatus,
    evidence: Option<Evidence>,
    reason: Option<&'a Reason>,
    transaction_hash: Option<Hash>,
    block: Option<u64>,
    request: Option<RequestId>,
    changed_at: Timestamp,
    changed_position: u64,
}

pub(crate) async fn apply(tx: &mut Tx, entries: &[Entry]) -> Result<(), ApplyError> {
    let (mut claimed, mut fates) = (vec![], BTreeMap::new());
    for entry in entries {
        let Event::Payment(event) = &entry.event else { continue };
        if let PaymentEvent::Claimed(e) = event {
            claimed.push(claim(e, entry));
        }
        if let Some(fate) = fate(event, entry) {
            fates.insert(fate.payment, fate);
        }
    }
    let fates: Vec<_> = fates.into_values().collect();
    write(tx, &CLAIM, &claimed).await?;
    write(tx, &DECIDE, &fates).await
}

fn claim<'a>(e: &'a PaymentClaimed, entry: &Entry) -> Claimed<'a> {
    Claimed {
        payment: e.payment,
        account: e.account,
        request: e.request,
        endpoint: &e.endpoint,
        topup: e.topup,
        amount: e.authorization.value,
        pay_to: e.authorization.pay_to,
        valid_before: e.authorization.valid_before,
        deadline: e.deadline,
        claimed_at: entry.at,
        claimed_position: entry.position,
    }
}

fn fate<'a>(event: &'a PaymentEvent, entry: &Entry) -> Option<Fate<'a>> {
    let of = |payment, status| Fate {
        payment,
        status,
        evidence: None,
        reason: None,
        transaction_hash: None,
        block: None,
        request: None,
        changed_at: entry.at,
        changed_position: entry.position,
    };
    match event {
        PaymentEvent::Settled(e) => Some(Fate {
            transaction_hash: Some(e.transaction),
            block: e.block,
            request: Some(e.request),
            ..of(e.payment, PaymentStatus::Settled)
        }),
        PaymentEvent::Failed(e) => {
            let (evidence, reason) = (Some(e.evidence), Some(&e.reason));
            Some(Fate { evidence, reason, ..of(e.payment, PaymentStatus::Failed) })
        }
        PaymentEvent::Unknown(e) => {
            let (reason, transaction_hash) = (Some(&e.reason), e.transaction);
            Some(Fate { reason, transaction_hash, ..of(e.payment, PaymentStatus::Unknown) })
        }
        PaymentEvent::Claimed(_)
        | PaymentEvent::Replayed(_)
        | PaymentEvent::Charged(_)
        | PaymentEvent::Completed(_)
        | PaymentEvent::Refunded(_) => None,
    }
}

const CLAIM: Sql = Sql {
    table: "payments",
    postgres: "INSERT INTO payments (payment, account, request, endpoint, topup, amount, pay_to, valid_before,
            deadline, status, claimed_at, claimed_position, changed_at, changed_position)
        SELECT payment, account, request, endpoint, topup, amount, pay_to, valid_before, deadline, 'claimed',
            claimed_at, claimed_position, claimed_at, claimed_position
        FROM json_to_recordset($1::json) AS d (payment text, account text, request text, endpoint text, topup text,
            amount bigint, pay_to text, valid_before bigint, deadline bigint, claimed_at bigint,
            claimed_position bigint)",
    sqlite: "INSERT INTO payments (payment, account, request, endpoint, topup, amount, pay_to, valid_before,
            deadline, status, claimed_at, claimed_position, changed_at, changed_position)
        SELECT value->>'payment', value->>'account', value->>'request', value->>'endpoint', value->>'topup',
            value->>'amount', value->>'pay_to', value->>'valid_before', value->>'deadline', 'claimed',
            value->>'claimed_at', value->>'claimed_position', value->>'claimed_at', value->>'claimed_position'
        FROM json_each($1)",
};

const DECIDE: Sql = Sql {
    table: "payments",
    postgres: "UPDATE payments SET status = d.status, evidence = d.evidence, reason = d.reason,
            transaction_hash = d.transaction_hash, block = d.block,
            request = COALESCE(d.request, payments.request), changed_at = d.changed_at,
            changed_position = d.changed_position
        FROM json_to_recordset($1::json) AS d (payment text, status text, evidence text, reason text,
            transaction_hash text, block bigint, request text, changed_at bigint, changed_position bigint)
        WHERE payments.payment = d.payment AND payments.status <> 'settled'",
    sqlite: "UPDATE payments SET status = d.value->>'status', evidence = d.value->>'evidence',
            reason = d.value->>'reason', transaction_hash = d.value->>'transaction_hash', block = d.value->>'block',
            request = COALESCE(d.value->>'request', payments.request), changed_at = d.value->>'changed_at',
            changed_position = d.value->>'changed_position'
        FROM json_each($1) AS d
        WHERE payments.payment = d.value->>'payment' AND payments.status <> 'settled'",
};
