//! The end of a charge: kept for an answer, given back for anything else.

use aipaygen_bus::tool::Used;
use aipaygen_events::MicroUsd;
use aipaygen_events::account::RefundReason;

use super::answer::Paid;
use super::held::{Charge, Earned};
use super::run::Outcome;
use super::terms::{Meter, Terms};
use crate::ingress::Ingress;
use crate::observe;
use crate::problem::Problem;

/// Settles the charge and says what the caller is told.
pub(super) async fn settle(
    ingress: &Ingress,
    charge: Charge,
    terms: &Terms,
    outcome: Outcome,
) -> Result<Paid, Problem> {
    match outcome {
        Outcome::Answered { body, used, cost } => {
            let (earned, meter) = earn(ingress, charge, terms, &used, cost).await;
            Ok(Paid { body, proof: earned.proof, price: Some(earned.price), meter, replayed: false })
        }
        Outcome::Rejected(kind) => {
            let problem = Problem::from(kind);
            // A refusal costs nothing, and nobody is told of a credit that only undoes it.
            charge.refund(problem.kind.status().as_u16(), RefundReason::Rejected).await;
            Err(problem)
        }
        Outcome::Failed { kind, reason } => {
            observe::failed_after_charge(charge.request(), reason.as_str());
            let problem = Problem::from(kind);
            let money = charge.refund(problem.kind.status().as_u16(), reason).await;
            Err(problem.with_money(money))
        }
    }
}

/// Keeps what the answer costs: all of a flat price, or of a hold what was used.
pub(super) async fn earn(
    ingress: &Ingress,
    charge: Charge,
    terms: &Terms,
    used: &Used,
    cost: Option<MicroUsd>,
) -> (Earned, Option<Meter>) {
    let meter = Meter::read(&ingress.catalog, used);
    let earned = match cost.or_else(|| terms.price(meter.as_ref())) {
        None => charge.complete(200, None, used.tokens),
        Some(price) => charge.capture(200, price, used.tokens).await,
    };
    (earned, meter)
}
