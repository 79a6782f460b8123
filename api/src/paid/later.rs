//! `Prefer: respond-async` (RFC 7240): the request is charged and accepted, and its answer goes to the caller's webhook
//! from memory. It is kept nowhere: if it cannot be delivered, or this process dies first, the money is given back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::http::header::HeaderMap;
use aipaygen_bus::outbound::Delivered;
use aipaygen_bus::vault::{LendTarget, Lent};
use aipaygen_events::account::RefundReason;
use aipaygen_events::{MicroUsd, RequestId};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::charge::{Authorized, authorize};
use super::held::Charge;
use super::run::{Outcome, run};
use super::terms::{Meter, Terms};
use super::{Order, check};
use crate::delivery::{self, Sent};
use crate::ingress::Ingress;
use crate::observe;
use crate::problem::{Kind, Money, Problem};

/// The pause after the first failed delivery; it doubles with each further one.
const PAUSE_MIN: Duration = Duration::from_secs(1);
/// What a delivered answer is called.
const ANSWERED: &str = "request.answered";

/// Whether a caller would rather be answered later.
pub(super) fn is_preferred(headers: &HeaderMap) -> bool {
    let preferences = headers.get_all("prefer").filter_map(|value| value.to_str().ok());
    let mut tokens =
        preferences.flat_map(|value| value.split(',')).map(|one| one.split(';').next().unwrap_or_default());
    tokens.any(|token| token.trim().eq_ignore_ascii_case("respond-async"))
}

/// Charges the request and promises its answer.
pub(super) async fn promise(ingress: Arc<Ingress>, order: Order) -> Result<HttpResponse, Problem> {
    require_webhook(&ingress, &order).await?;
    let request = order.request;
    let price = ingress.lasting.run(begin(ingress.clone(), order)).await?;
    Ok(HttpResponse::Accepted()
        .insert_header(("preference-applied", "respond-async"))
        .insert_header(("location", format!("/requests/{request}")))
        .insert_header(("x-price-usdc", price.to_string()))
        .json(json!({ "request_id": request, "status": format!("/requests/{request}"), "delivery": ANSWERED })))
}

/// Nothing is charged for what nobody could be told.
async fn require_webhook(ingress: &Ingress, order: &Order) -> Result<(), Problem> {
    let Some(account) = order.tender.account() else { return Err(no_webhook()) };
    let lend = LendTarget { account, webhook: None, message: order.request.to_string() };
    match ingress.payments(&lend).await {
        Ok(Lent::Sealed { .. }) => Ok(()),
        Ok(Lent::Nothing) => Err(no_webhook()),
        Ok(Lent::Unavailable) | Err(_) => Err(ingress.unavailable()),
    }
}

fn no_webhook() -> Problem {
    let detail = "Prefer: respond-async needs a webhook: register one with POST /webhooks.";
    let members = Map::from_iter([("detail".to_owned(), Value::from(detail))]);
    Kind::Rejected { status: 409, code: "no-webhook".to_owned(), members: Box::new(members) }.into()
}

/// What can be refused is refused while the caller waits; the rest is brought to its end without one.
/// Returns what was charged: the price, or the hold.
async fn begin(ingress: Arc<Ingress>, order: Order) -> Result<MicroUsd, Problem> {
    let quote = check::check(&ingress, &order).await?;
    let terms = Terms::of(&ingress, &order, quote)?;
    let authorized = authorize(&ingress, &order, &terms).await?;
    let (lasting, charged) = (ingress.lasting.clone(), terms.amount);
    lasting.tasks.spawn_on(finish(ingress, order, terms, authorized), &lasting.runtime);
    Ok(charged)
}

async fn finish(ingress: Arc<Ingress>, order: Order, terms: Terms, authorized: Authorized) {
    let outcome = run(&ingress, &order).await;
    match authorized {
        Authorized::Charged(charge) => settle(&ingress, &order, &terms, charge, outcome).await,
        Authorized::Replay(replay) => match replay.answer(outcome) {
            Ok(paid) => {
                let receipt = paid.proof.receipt.as_ref().and_then(|receipt| receipt.to_str().ok());
                deliver(&ingress, &order, answer(order.request, &paid.body, receipt)).await;
            }
            Err(problem) => {
                deliver(&ingress, &order, failure(order.request, &problem)).await;
            }
        },
    }
}

/// What has arrived is paid for, and nothing else.
async fn settle(ingress: &Ingress, order: &Order, terms: &Terms, charge: Charge, outcome: Outcome) {
    let (kind, reason) = match outcome {
        Outcome::Answered { body, used, cost } => {
            let receipt = charge.paid.receipt.as_ref().and_then(|receipt| receipt.to_str().ok());
            if deliver(ingress, order, answer(order.request, &body, receipt)).await {
                let meter = Meter::read(&ingress.catalog, &used);
                charge.complete(200, cost.or_else(|| terms.price(meter.as_ref())), used.tokens);
                return;
            }
            observe::failed_after_charge(order.request, RefundReason::Undelivered.as_str());
            charge.refund(0, RefundReason::Undelivered).await;
            return;
        }
        Outcome::Rejected(kind) => (kind, RefundReason::Rejected),
        Outcome::Failed { kind, reason } => (kind, reason),
    };
    observe::failed_after_charge(order.request, reason.as_str());
    let problem = Problem::from(kind);
    let money = charge.refund(problem.kind.status().as_u16(), reason).await;
    deliver(ingress, order, failure(order.request, &problem.with_money(money))).await;
}

/// Delivers within the time that there is; whether it has arrived.
async fn deliver(ingress: &Ingress, order: &Order, body: String) -> bool {
    let Some(account) = order.tender.account() else { return false };
    let deadline = Instant::now() + ingress.settings.async_delivery();
    let (message, mut pause) = (order.request.to_string(), PAUSE_MIN);
    loop {
        match delivery::deliver(ingress, account, None, &message, body.clone()).await {
            Sent::Delivered(Delivered::Accepted) => return true,
            Sent::Delivered(Delivered::Gone) | Sent::NoWebhook => return false,
            Sent::Delivered(Delivered::Declined { .. } | Delivered::Refused | Delivered::Unreachable)
            | Sent::Unavailable => {}
        }
        if Instant::now() + pause > deadline {
            return false;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

/// The worker's bytes as they are, in the frame of a delivery.
fn answer(request: RequestId, body: &[u8], receipt: Option<&str>) -> String {
    let answer = str::from_utf8(body).ok().and_then(|text| serde_json::from_str::<&RawValue>(text).ok());
    delivery::text(
        ANSWERED,
        &json!({
            "request_id": request, "http_status": 200, "receipt": receipt, "answer": answer,
        }),
    )
}

fn failure(request: RequestId, problem: &Problem) -> String {
    let credit = match &problem.money {
        Money::Refunded { voucher: Some(code), .. } => Some(code.expose().to_owned()),
        Money::Refunded { credit, .. } => Some(credit.to_string()),
        Money::NotCharged | Money::RefundPending { .. } => None,
    };
    delivery::text(
        ANSWERED,
        &json!({
            "request_id": request, "http_status": problem.kind.status().as_u16(), "problem": problem.kind.slug(),
            "refund_credit": credit,
        }),
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn prefers(values: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HeaderName::from_static("prefer"), HeaderValue::from_str(value).unwrap());
        }
        is_preferred(&headers)
    }

    #[test]
    fn a_preference_is_read_among_others() {
        for values in [&["respond-async"][..], &["Respond-Async, wait=10"], &["return=minimal", "respond-async;x=1"]]
        {
            assert!(prefers(values), "{values:?}");
        }
        for values in [&[][..], &["return=minimal"], &["respond-async=1"], &["respond"]] {
            assert!(!prefers(values), "{values:?}");
        }
    }
}
