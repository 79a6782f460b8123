//! One delivery to a caller's webhook that does not come from the log: a test, or an answer that was asked for later.
//!
//! Where the webhook is stays sealed on its way through here.

use std::time::{Duration, Instant};

use aipaygen_bus::outbound::{Deliver, Delivered, call_at};
use aipaygen_bus::vault::{LendTarget, Lent};
use aipaygen_events::{AccountId, WebhookId};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::ingress::Ingress;

/// How long a webhook may take.
const ATTEMPT: Duration = Duration::from_secs(20);

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// A fetch worker has tried.
    Delivered(Delivered),
    /// The account has no such webhook, or none at all.
    NoWebhook,
    /// The keeper of the vault or the fetch workers cannot be reached.
    Unavailable,
}

/// Delivers once, to the oldest webhook of the account unless one is named.
pub(crate) async fn deliver(
    ingress: &Ingress,
    account: AccountId,
    webhook: Option<WebhookId>,
    message: &str,
    body: String,
) -> Sent {
    let lend = LendTarget { account, webhook, message: message.to_owned() };
    let (worker, target) = match ingress.payments(&lend).await {
        Ok(Lent::Sealed { worker, sealed }) => (worker, sealed),
        Ok(Lent::Nothing) => return Sent::NoWebhook,
        Ok(Lent::Unavailable) | Err(_) => return Sent::Unavailable,
    };
    let timestamp_s = OffsetDateTime::now_utc().unix_timestamp();
    let command = Deliver { message: message.to_owned(), timestamp_s, body, target };
    let deadline = Instant::now() + ATTEMPT;
    match call_at(ingress.bus.as_ref(), &Deliver::subject(&worker), &command, deadline).await {
        Ok(outcome) => Sent::Delivered(outcome),
        Err(_) => Sent::Unavailable,
    }
}

/// The text of a delivery, as Standard Webhooks recommends it.
pub(crate) fn text(name: &str, data: &Value) -> String {
    let now = OffsetDateTime::now_utc().format(&Rfc3339).ok();
    json!({ "type": name, "timestamp": now, "data": data }).to_string()
}

/// How a delivery went, in a word.
pub(crate) const fn word(outcome: Delivered) -> &'static str {
    match outcome {
        Delivered::Accepted => "accepted",
        Delivered::Gone => "gone",
        Delivered::Declined { class: 3 } => "declined_3xx",
        Delivered::Declined { class: 4 } => "declined_4xx",
        Delivered::Declined { class: 5 } => "declined_5xx",
        Delivered::Declined { .. } => "declined",
        Delivered::Refused => "address_refused",
        Delivered::Unreachable => "unreachable",
    }
}
