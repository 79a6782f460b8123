//! The price, taken before any work. What was taken is held by a guard: however this process leaves the path, the
//! charge is ended.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderValue;
use aipaygen_bus::RequestError;
use aipaygen_bus::commands::{Authorization, Authorize, Payer, Refusal};
use aipaygen_events::account::{Pricing, RefundReason};

use super::answer::Replay;
use super::held::Charge;
use super::terms::Terms;
use super::{Demand, Order};
use crate::ingress::Ingress;
use crate::observe;
use crate::problem::{Kind, Missing, Problem};

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
    let command = command(ingress, order, terms);
    let mut charge = Charge::new(ingress.ends.clone(), order.request, command.payer.purse(), terms.amount);
    match ingress.payments(&command).await {
        Ok(Authorization::Charged { receipt, .. }) => {
            // A compact JWS is visible ASCII.
            charge.receipt = receipt.and_then(|receipt| HeaderValue::try_from(receipt).ok());
            Ok(Authorized::Charged(charge))
        }
        Ok(Authorization::Replay { of, receipt, .. }) => {
            charge.forget();
            Ok(Authorized::Replay(Replay::new(of, receipt)?))
        }
        Ok(Authorization::Refused(refusal)) => {
            charge.forget();
            Err(refused(ingress, order, terms, refusal))
        }
        Err(error) => Err(unanswered(ingress, charge, &error).await),
    }
}

fn command(ingress: &Ingress, order: &Order, terms: &Terms) -> Authorize {
    let later = if order.later { ingress.settings.async_delivery() } else { Duration::ZERO };
    let timeout = order.offer.timeout + later + Duration::from_millis(ingress.settings.charge_margin_ms);
    Authorize {
        request: order.request,
        payer: Payer::Prepaid { account: order.caller.account, key: order.caller.key },
        endpoint: order.offer.endpoint.clone(),
        amount: terms.amount,
        pricing: terms.pricing,
        timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
        idempotency: order.input.idempotency.clone(),
    }
}

fn refused(ingress: &Ingress, order: &Order, terms: &Terms, refusal: Refusal) -> Problem {
    match refusal {
        Refusal::InsufficientFunds { available, .. } => {
            let missing = match terms.pricing {
                Pricing::Flat => Missing::Funds { available },
                Pricing::Metered => {
                    let output_tokens = terms.affordable(&ingress.catalog, available);
                    Missing::Hold { available, hold: terms.amount, output_tokens }
                }
            };
            Kind::Payment(Box::new(Demand::new(ingress, &order.offer, missing).at(order.price))).into()
        }
        Refusal::InvalidKey => Kind::Unauthenticated { shown: true }.into(),
        Refusal::IdempotencyInFlight { request } => Kind::IdempotencyInFlight { request }.into(),
        Refusal::IdempotencyOtherRequest { request } => Kind::IdempotencyOtherRequest { request }.into(),
        Refusal::IdempotencySpent { request, receipt } => Kind::IdempotencySpent { request, receipt }.into(),
        Refusal::Overloaded => ingress.overloaded(),
        // Nobody is let in here with a payment or a voucher.
        Refusal::PaymentsNotTaken
        | Refusal::PaymentFailed { .. }
        | Refusal::PaymentPublic
        | Refusal::PaymentUsed { .. }
        | Refusal::PaymentPending { .. }
        | Refusal::PaymentRefunded { .. }
        | Refusal::VoucherUnknown
        | Refusal::VoucherExpired
        | Refusal::VoucherInsufficient { .. } => Kind::Internal.into(),
    }
}

/// The payments workers did not answer. If they may have charged all the same, what they did is undone.
async fn unanswered(ingress: &Ingress, charge: Charge, error: &RequestError) -> Problem {
    observe::unreachable("payments", error);
    match error {
        RequestError::NoResponders { .. } | RequestError::Busy { .. } | RequestError::TooLarge { .. } => {
            charge.forget();
            ingress.unavailable()
        }
        RequestError::DeadlineExceeded { .. } | RequestError::HandlerFailed { .. } | RequestError::Disconnected => {
            let problem = ingress.unavailable();
            let money = charge.refund(problem.kind.status().as_u16(), RefundReason::IngressFailed).await;
            problem.with_money(money)
        }
    }
}
