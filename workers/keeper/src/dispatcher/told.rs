//! What of the log is told to webhooks, and in which words: metadata, as `GET /requests/{id}` shows it to its owner.

use aipaygen_events::account::AccountEvent;
use aipaygen_events::request::RequestEvent;
use aipaygen_events::{AccountId, Event, MicroUsd, Timestamp};
use aipaygen_vault::Webhook;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const COMPLETED: &str = "request.completed";
const REFUNDED: &str = "request.refunded";
const CREDIT_ISSUED: &str = "credit.issued";
pub(super) const BALANCE_LOW: &str = "balance.low";

/// What a webhook can ask to be told of.
pub const EVENTS: [&str; 4] = [COMPLETED, REFUNDED, CREDIT_ISSUED, BALANCE_LOW];

/// One thing that an event of the log tells an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Its name.
    pub name: &'static str,
    /// Whom it concerns.
    pub account: AccountId,
    /// What it says.
    pub data: Value,
}

impl Told {
    pub(super) fn is_for(&self, webhook: &Webhook, position: u64) -> bool {
        webhook.account == self.account
            && position > webhook.after_position
            && webhook.events.iter().any(|event| event == self.name)
    }
}

/// The account whose money an event has moved.
pub(super) fn account(event: &Event) -> Option<AccountId> {
    match event {
        Event::Account(event) => match event {
            AccountEvent::Deposited(e) => Some(e.account),
            AccountEvent::Charged(e) => Some(e.account),
            AccountEvent::Completed(e) => Some(e.account),
            AccountEvent::Refunded(e) => Some(e.account),
            AccountEvent::CreditApplied(e) => Some(e.account),
            AccountEvent::Opened(_) | AccountEvent::KeyIssued(_) | AccountEvent::KeyRevoked(_) => None,
        },
        // A payment and a voucher move no balance.
        Event::Payment(_) | Event::Credit(_) | Event::Idempotency(_) => None,
    }
}

/// What an event tells the account that it concerns.
pub(super) fn all(event: &Event) -> Vec<Told> {
    match event.request() {
        Some(RequestEvent::Completed(e)) => vec![Told {
            name: COMPLETED,
            account: e.account,
            data: json!({
                "request_id": e.request, "endpoint": e.endpoint, "http_status": e.status, "charged_micro_usd": e.charged,
                "price_micro_usd": e.price, "released_micro_usd": e.released, "tokens": e.tokens,
                "duration_ms": e.duration_ms, "key": e.key,
            }),
        }],
        Some(RequestEvent::Refunded(e)) => {
            let refunded = json!({
                "request_id": e.request, "endpoint": e.endpoint, "http_status": e.status, "reason": e.reason,
                "amount_micro_usd": e.amount, "refund_credit": e.credit, "key": e.key,
            });
            let issued = json!({ "refund_credit": e.credit, "amount_micro_usd": e.amount, "request_id": e.request, "tender": e.tender });
            vec![
                Told { name: REFUNDED, account: e.account, data: refunded },
                Told { name: CREDIT_ISSUED, account: e.account, data: issued },
            ]
        }
        Some(RequestEvent::Charged(_)) | None => Vec::new(),
    }
}

/// What a low balance says.
pub(super) fn balance_low(account: AccountId, balance: MicroUsd, low: MicroUsd) -> Told {
    let data = json!({ "account": account, "balance_micro_usd": balance, "threshold_micro_usd": low });
    Told { name: BALANCE_LOW, account, data }
}

/// The text of a delivery, as Standard Webhooks recommends it.
pub(super) fn text(name: &str, at: Timestamp, data: &Value) -> String {
    json!({ "type": name, "timestamp": moment(at), "data": data }).to_string()
}

fn moment(at: Timestamp) -> Option<String> {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.micros()) * 1_000).ok()?;
    at.format(&Rfc3339).ok()
}
