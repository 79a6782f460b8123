//! One paid request, from its headers to its answer. Each step is a file; whoever leaves early has cost nothing
//! until `charge`, and is settled after it.
//!
//! 1. `payer`: who pays; without a payment of any kind a 402, before the body is looked at
//! 2. `overload`: a seat among the paid requests in flight, or a 503
//! 3. `input`: the body, read within its bounds and validated against the tool's schema
//! 4. `check`: whether the tool's worker would take it, for tools that ask for it; `third_party`: whether the catalogue
//!    of APIs allows it, and what it costs
//! 5. `terms`: the price, or what the worst case would cost at a meter
//! 6. `charge`: the price, taken; from here on it is `held` by a guard that gives it back when it is dropped
//! 7. `run`: the work; or `stream`, where its answer comes bit by bit
//! 8. `settle`: the charge kept or given back
//! 9. `answer`: what the caller sees

mod answer;
mod charge;
mod check;
mod compose;
mod demand;
mod frames;
mod held;
mod input;
mod later;
mod missing;
mod offer;
mod overload;
mod payer;
mod quote;
mod refusal;
mod run;
mod settle;
mod settlement;
mod stream;
mod tender;
mod terms;
mod third_party;
mod topup;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use aipaygen_events::{MicroUsd, RequestId};
use aipaygen_x402::Refused;
use tokio::sync::OwnedSemaphorePermit;

use crate::edge::Exchange;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};
use answer::Paid;
use charge::Authorized;
use compose::Plan;
use input::Input;
use stream::Streamed;
use tender::Tender;
use terms::Terms;
use third_party::Errand;

pub(crate) use demand::Demand;
pub(crate) use missing::Missing;
pub(crate) use offer::Offer;
pub(crate) use overload::Overload;
pub(crate) use settlement::Settlement;
pub(crate) use tender::{PAYMENT_HEADERS, VOUCHER_HEADER};
pub(crate) use topup::topup;

/// A request that is worth a charge: who pays for what, and the room to do it in.
struct Order {
    request: RequestId,
    tender: Tender,
    offer: Arc<Offer>,
    input: Input,
    /// The call of an API, if that is what is sold.
    errand: Option<Errand>,
    /// The steps of a composition, if that is what is sold.
    plan: Option<Plan>,
    price: MicroUsd,
    /// Whether the answer goes to the caller's webhook.
    later: bool,
    _seat: OwnedSemaphorePermit,
}

/// Sells one call of a tool.
pub(crate) async fn sell(
    http: HttpRequest,
    body: web::Payload,
    exchange: Exchange,
    ingress: web::Data<Ingress>,
    offer: web::Data<Offer>,
) -> Result<HttpResponse, Problem> {
    let (ingress, offer) = (ingress.into_inner(), offer.into_inner());
    exchange.set_price(offer.price);
    let tender = payer::payer(&ingress, http.headers(), &exchange, &offer).await?;
    let seat = ingress.overload.seat(&offer.queue).ok_or_else(|| ingress.overloaded())?;
    let input = Input::read(&ingress, &http, body, &tender, &offer).await?;
    let errand = Errand::prepare(&ingress, &offer, &input.body).await?;
    let plan = Plan::prepare(&ingress, &offer, &input.body)?;
    let price = errand.as_ref().and_then(|errand| errand.price).or(plan.as_ref().map(|plan| plan.price));
    let price = price.unwrap_or(offer.price);
    exchange.set_price(price);
    if !tender.pays(price) {
        let missing = Missing::Refused(Refused::Value);
        return Err(Kind::Payment(Box::new(Demand::new(&ingress, &offer, missing).at(price))).into());
    }
    let later = later::is_preferred(http.headers());
    let order = Order { request: exchange.request(), tender, offer, input, errand, plan, price, later, _seat: seat };
    if order.later {
        return later::promise(ingress, order).await;
    }
    // The caller may go away; what was begun is brought to its end all the same.
    if order.input.streams {
        return Ok(ingress.lasting.run(deliver_stream(ingress.clone(), order)).await?.into_response());
    }
    let paid = ingress.lasting.run(deliver(ingress.clone(), order)).await?;
    if let Some(price) = paid.price {
        exchange.set_price(price);
    }
    Ok(paid.into_response())
}

async fn deliver(ingress: Arc<Ingress>, order: Order) -> Result<Paid, Problem> {
    let quote = check::check(&ingress, &order).await?;
    let terms = Terms::of(&ingress, &order, quote)?;
    match charge::authorize(&ingress, &order, &terms).await? {
        Authorized::Charged(charge) => {
            let outcome = run::run(&ingress, &order).await;
            settle::settle(&ingress, charge, &terms, outcome).await
        }
        Authorized::Replay(replay) => replay.answer(run::run(&ingress, &order).await),
    }
}

async fn deliver_stream(ingress: Arc<Ingress>, order: Order) -> Result<Streamed, Problem> {
    let quote = check::check(&ingress, &order).await?;
    let terms = Terms::of(&ingress, &order, quote)?;
    let authorized = charge::authorize(&ingress, &order, &terms).await?;
    stream::begin(ingress, order, terms, authorized).await
}
