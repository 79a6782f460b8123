//! The price, taken before any work. What was taken is held by a guard: however this process leaves the path, the
//! charge is ended.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderValue;
use aipaygen_bus::RequestError;
use aipaygen_bus::commands::{Authorization, Authorize, Settled};
use aipaygen_events::account::{Pricing, RefundReason};

use super::answer::Replay;
use super::held::Charge;
use super::refusal::refused;
use super::terms::Terms;
use super::{Demand, Missing, Order, Settlement};
use crate::ingress::Ingress;
use crate::observe;
use crate::problem::Problem;

/// What entitles a request to its work.
pub(super) enum Authorized {
    /// It is paid.
    Charged(Charge),
    /// It was paid before.
    Replay(Replay),
}

/// Has the request charged, or says why it is not.
pub(super) async fn authorize(ingress: &Arc<Ingress>, order: &Order, terms: &Terms) -> Result<Authorized, Problem> {
    // From here on a charge may exist, even if nobody tells us.
    let mut charge = Charge::new(ingress.ends.clone(), order.request, order.tender.purse(), terms.amount);
    match ingress.authorize(&command(ingress, order, terms)).await {
        Ok(Authorization::Charged { receipt, settled, remainder }) => {
            // A compact JWS is visible ASCII.
            charge.paid.receipt = receipt.and_then(|receipt| HeaderValue::try_from(receipt).ok());
            charge.paid.settlement = settlement(order, settled);
            charge.paid.remainder = remainder;
            Ok(Authorized::Charged(charge))
        }
        Ok(Authorization::Replay { of, receipt, settled }) => {
            charge.forget();
            Ok(Authorized::Replay(Replay::new(of, receipt, settlement(order, settled))?))
        }
        Ok(Authorization::Refused(refusal)) => {
            charge.forget();
            let demand = |missing| Demand::new(ingress, &order.offer, held(ingress, terms, missing)).at(order.price);
            Err(refused(ingress, order.tender.payment(), refusal, demand))
        }
        Err(error) => Err(unanswered(ingress, order, charge, &error).await),
    }
}

fn command(ingress: &Ingress, order: &Order, terms: &Terms) -> Authorize {
    let later = if order.later { ingress.settings.async_delivery() } else { Duration::ZERO };
    let timeout = order.offer.timeout + later + Duration::from_millis(ingress.settings.charge_margin_ms);
    Authorize {
        request: order.request,
        payer: order.tender.payer(order.input.request_hash.clone()),
        endpoint: order.offer.endpoint.clone(),
        amount: terms.amount,
        pricing: terms.pricing,
        timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
        idempotency: order.input.idempotency.clone(),
    }
}

/// At a meter it is the hold that the balance is too low for, and a shorter answer might fit.
fn held(ingress: &Ingress, terms: &Terms, missing: Missing) -> Missing {
    match (terms.pricing, missing) {
        (Pricing::Metered, Missing::Funds { available }) => {
            let output_tokens = terms.affordable(&ingress.catalog, available);
            Missing::Hold { available, hold: terms.amount, output_tokens }
        }
        (Pricing::Flat | Pricing::Metered, missing) => missing,
    }
}

fn settlement(order: &Order, settled: Option<Settled>) -> Option<Settlement> {
    order.tender.payment().zip(settled).map(|(payment, settled)| Settlement::settled(payment, &settled))
}

/// The payments workers did not answer. If they may have charged all the same, what they did is undone.
/// A payment may have been claimed, and settle later: then the same payment is asked for again, and never another.
async fn unanswered(ingress: &Ingress, order: &Order, charge: Charge, error: &RequestError) -> Problem {
    observe::unreachable("payments", error);
    match error {
        RequestError::NoResponders { .. } | RequestError::Busy { .. } | RequestError::TooLarge { .. } => {
            charge.forget();
            ingress.unavailable()
        }
        RequestError::DeadlineExceeded { .. } | RequestError::HandlerFailed { .. } | RequestError::Disconnected => {
            let problem = match order.tender.payment() {
                Some(payment) => ingress.pending(Some(Settlement::pending(payment, None))),
                None => ingress.unavailable(),
            };
            let money = charge.refund(problem.kind.status().as_u16(), RefundReason::IngressFailed).await;
            problem.with_money(money)
        }
    }
}
