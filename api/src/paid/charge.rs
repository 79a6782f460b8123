//! The price, taken before any work. What was taken is held by a guard: however this process leaves the path, the
//! charge is ended.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::header::HeaderValue;
use aipaygen_bus::RequestError;
use aipaygen_bus::commands::{Authorization, Authorize, End, EndHow, Ended, Refusal, call};
use aipaygen_events::account::{Pricing, RefundReason, Tokens};
use aipaygen_events::{AccountId, MicroUsd, RequestId};

use super::answer::Replay;
use super::{Demand, Order};
use crate::ingress::Ingress;
use crate::observe;
use crate::problem::{Kind, Missing, Money, Problem};

/// What entitles a request to its work.
pub(super) enum Authorized {
    /// It is paid.
    Charged(Charge),
    /// It was paid before.
    Replay(Replay),
}

/// An open charge. Dropping it gives the money back.
pub(super) struct Charge {
    ingress: Arc<Ingress>,
    request: RequestId,
    account: AccountId,
    amount: MicroUsd,
    since: Instant,
    open: bool,
    /// The receipt to show if the work is done.
    pub(super) receipt: Option<HeaderValue>,
}

/// Has the request charged, or says why it is not.
pub(super) async fn authorize(ingress: &Arc<Ingress>, order: &Order) -> Result<Authorized, Problem> {
    // From here on a charge may exist, even if nobody tells us.
    let mut charge = Charge::new(ingress.clone(), order);
    match ingress.payments(&command(ingress, order)).await {
        Ok(Authorization::Charged { receipt }) => {
            // A compact JWS is visible ASCII.
            charge.receipt = receipt.and_then(|receipt| HeaderValue::try_from(receipt).ok());
            Ok(Authorized::Charged(charge))
        }
        Ok(Authorization::Replay { of, receipt }) => {
            charge.open = false;
            Ok(Authorized::Replay(Replay::new(of, receipt)?))
        }
        Ok(Authorization::Refused(refusal)) => {
            charge.open = false;
            Err(refused(ingress, order, refusal))
        }
        Err(error) => Err(unanswered(ingress, charge, &error).await),
    }
}

fn command(ingress: &Ingress, order: &Order) -> Authorize {
    let timeout = order.offer.timeout + Duration::from_millis(ingress.settings.charge_margin_ms);
    Authorize {
        request: order.request,
        account: order.caller.account,
        key: order.caller.key,
        endpoint: order.offer.endpoint.clone(),
        amount: order.offer.price,
        pricing: Pricing::Flat,
        timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
        idempotency: order.input.idempotency.clone(),
    }
}

fn refused(ingress: &Ingress, order: &Order, refusal: Refusal) -> Problem {
    match refusal {
        Refusal::InsufficientFunds { available, .. } => {
            Kind::Payment(Box::new(Demand::new(ingress, &order.offer, Missing::Funds { available }))).into()
        }
        Refusal::InvalidKey => Kind::Unauthenticated { shown: true }.into(),
        Refusal::IdempotencyInFlight { request } => Kind::IdempotencyInFlight { request }.into(),
        Refusal::IdempotencyOtherRequest { request } => Kind::IdempotencyOtherRequest { request }.into(),
        Refusal::IdempotencySpent { request, receipt } => Kind::IdempotencySpent { request, receipt }.into(),
        Refusal::Overloaded => ingress.overloaded(),
    }
}

/// The payments workers did not answer. If they may have charged all the same, what they did is undone.
async fn unanswered(ingress: &Ingress, mut charge: Charge, error: &RequestError) -> Problem {
    observe::unreachable("payments", error);
    match error {
        RequestError::NoResponders { .. } | RequestError::Busy { .. } | RequestError::TooLarge { .. } => {
            charge.open = false;
            ingress.unavailable()
        }
        RequestError::DeadlineExceeded { .. } | RequestError::HandlerFailed { .. } | RequestError::Disconnected => {
            let problem = ingress.unavailable();
            let money = charge.refund(problem.kind.status().as_u16(), RefundReason::IngressFailed).await;
            problem.with_money(money)
        }
    }
}

impl Charge {
    fn new(ingress: Arc<Ingress>, order: &Order) -> Self {
        Self {
            ingress,
            request: order.request,
            account: order.caller.account,
            amount: order.offer.price,
            since: Instant::now(),
            open: true,
            receipt: None,
        }
    }

    pub(super) fn request(&self) -> RequestId {
        self.request
    }

    /// The money is earned. Off the caller's path.
    pub(super) fn complete(mut self, status: u16, tokens: Tokens) {
        let duration_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.open = false;
        self.ingress.ends.put(self.end(status, EndHow::Complete { price: None, tokens, duration_ms }));
    }

    /// The money is given back, before the caller is answered, since the answer names the credit. Whoever cannot
    /// wait for that is told where to look.
    pub(super) async fn refund(mut self, status: u16, reason: RefundReason) -> Money {
        let end = self.end(status, EndHow::Refund { reason });
        let deadline = Instant::now() + self.ingress.settings.refund_timeout();
        let ended = call(self.ingress.bus.as_ref(), &end, deadline).await;
        self.open = false;
        let charged = self.amount;
        match ended {
            Ok(Ended::Refunded { credit, amount }) => Money::Refunded { charged: amount, credit },
            Ok(Ended::NotCharged) => Money::NotCharged,
            // It has another end already, which stands; the caller can read it there.
            Ok(Ended::Completed { price, .. }) => Money::RefundPending { charged: price, request: self.request },
            Ok(Ended::Unavailable) | Err(_) => {
                self.ingress.ends.put(end);
                Money::RefundPending { charged, request: self.request }
            }
        }
    }

    fn end(&self, status: u16, how: EndHow) -> End {
        End { request: self.request, account: self.account, status, how }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if self.open {
            observe::charge_dropped(self.request);
            self.ingress.ends.put(self.end(0, EndHow::Refund { reason: RefundReason::IngressFailed }));
        }
    }
}
