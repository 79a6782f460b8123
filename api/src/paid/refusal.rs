//! What a refusal of the payments workers is to its caller. Where another payment may be tried there is a fresh 402, and
//! nowhere else: a buyer that pays anew while its payment may still settle pays twice.

use aipaygen_bus::commands::Refusal;
use aipaygen_x402::Payment;

use super::{Demand, Missing, Settlement};
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

/// The refusal as a problem; the demand is made where one is due.
pub(super) fn refused(
    ingress: &Ingress,
    payment: Option<&Payment>,
    refusal: Refusal,
    demand: impl FnOnce(Missing) -> Demand,
) -> Problem {
    match lacking(refusal) {
        Lacking::Money(missing) => {
            let settlement = failed(payment, &missing);
            Kind::Payment(Box::new(demand(missing).after(settlement))).into()
        }
        Lacking::Certainty(transaction) => {
            ingress.pending(payment.map(|payment| Settlement::pending(payment, transaction)))
        }
        Lacking::Room => ingress.overloaded(),
        Lacking::Sense(kind) => kind.into(),
    }
}

/// What a refusal comes down to.
enum Lacking {
    Money(Missing),
    Certainty(Option<aipaygen_events::Hash>),
    Room,
    Sense(Kind),
}

fn lacking(refusal: Refusal) -> Lacking {
    match refusal {
        Refusal::InsufficientFunds { available, .. } => Lacking::Money(Missing::Funds { available }),
        Refusal::PaymentsNotTaken => Lacking::Money(Missing::X402NotTaken),
        Refusal::PaymentFailed { reason } => Lacking::Money(Missing::Failed { reason }),
        Refusal::PaymentPublic => Lacking::Money(Missing::Public),
        Refusal::VoucherUnknown => Lacking::Money(Missing::Voucher),
        Refusal::VoucherExpired => Lacking::Money(Missing::VoucherExpired),
        Refusal::VoucherInsufficient { remainder, .. } => Lacking::Money(Missing::VoucherFunds { remainder }),
        Refusal::PaymentPending { transaction } => Lacking::Certainty(transaction),
        Refusal::Overloaded => Lacking::Room,
        Refusal::InvalidKey => Lacking::Sense(Kind::Unauthenticated { shown: true }),
        Refusal::PaymentUsed { request } => Lacking::Sense(Kind::PaymentUsed { request }),
        Refusal::PaymentRefunded { request, credit, voucher } => {
            Lacking::Sense(Kind::PaymentRefunded { request, credit, voucher: voucher.map(Box::new) })
        }
        Refusal::IdempotencyInFlight { request } => Lacking::Sense(Kind::IdempotencyInFlight { request }),
        Refusal::IdempotencyOtherRequest { request } => Lacking::Sense(Kind::IdempotencyOtherRequest { request }),
        Refusal::IdempotencySpent { request, receipt } => Lacking::Sense(Kind::IdempotencySpent { request, receipt }),
    }
}

/// A payment that did not settle is told so in its own header too.
fn failed(payment: Option<&Payment>, missing: &Missing) -> Option<Settlement> {
    match missing {
        Missing::Failed { reason } => payment.map(|payment| Settlement::failed(payment, reason)),
        Missing::Payment | Missing::X402NotTaken | Missing::SeveralPayments | Missing::Refused(_) => None,
        Missing::Public | Missing::Voucher | Missing::VoucherExpired => None,
        Missing::VoucherFunds { .. } | Missing::Funds { .. } | Missing::Hold { .. } => None,
    }
}
