//! The end of a charge: kept for an answer, given back for anything else.

use aipaygen_events::account::RefundReason;

use super::answer::Paid;
use super::held::Charge;
use super::run::Outcome;
use crate::observe;
use crate::problem::Problem;

/// Settles the charge and says what the caller is told.
pub(super) async fn settle(mut charge: Charge, outcome: Outcome) -> Result<Paid, Problem> {
    match outcome {
        Outcome::Answered { body, tokens } => {
            let receipt = charge.receipt.take();
            charge.complete(200, tokens);
            Ok(Paid { body, receipt, replayed: false })
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
