//! The rules of a payment: what a command leads to, or why it is refused.

use super::{
    Charge, Claim, Evidence, Pay, Payment, PaymentClaimed, PaymentCommand, PaymentEvent, PaymentFailed,
    PaymentReplayed, PaymentSettled, PaymentUnknown, Presented, Reason, Standing, Use,
};
use crate::account::{Complete, Refund};
use crate::idempotency::REPLAY_WINDOW_MS;
use crate::request::{Pricing, RequestCharged, RequestCompleted, RequestRefunded, Tender};
use crate::{CreditId, Hash, MicroUsd, RequestId, Timestamp};

/// Why a command is refused. A value, not an error of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nobody has claimed it.
    #[error("the payment is not claimed")]
    NotClaimed,
    /// It is what it is already, for whoever shows it.
    #[error("the payment is spent or at work")]
    Taken(Presented),
    /// The chain has shown that it moves nothing.
    #[error("the payment has failed: {reason}")]
    Failed {
        /// Why.
        reason: Reason,
    },
    /// The money has moved: whoever says otherwise is wrong.
    #[error("the payment has settled")]
    Settled,
    /// The request has no charge by this payment, or its charge has ended.
    #[error("the request has no open charge by this payment")]
    NoOpenCharge,
    /// What a payment pays is its whole value.
    #[error("a payment is not split")]
    NotSplit,
}

/// What a command leads to. A repeat of what stands already is no event; a contradiction is a [`Rejection`].
pub fn decide(payment: &Payment, command: PaymentCommand) -> Result<Vec<PaymentEvent>, Rejection> {
    match command {
        PaymentCommand::Claim(claim) => take(payment, *claim),
        PaymentCommand::Pay(pay) => settle(payment, claim(payment)?, pay),
        PaymentCommand::Fail { reason, evidence } => fail(payment, claim(payment)?, reason, evidence),
        PaymentCommand::Doubt { reason, transaction } => doubt(payment, claim(payment)?, reason, transaction),
        PaymentCommand::Replay { request, request_hash, completed_at, now } => {
            replay(payment, claim(payment)?, Use { request, request_hash }, completed_at, now)
        }
        PaymentCommand::Complete(command) => complete(payment, claim(payment)?, &command),
        PaymentCommand::Refund(command) => refund(payment, claim(payment)?, &command),
    }
}

fn claim(payment: &Payment) -> Result<&PaymentClaimed, Rejection> {
    payment.claim.as_deref().ok_or(Rejection::NotClaimed)
}

fn take(payment: &Payment, command: Claim) -> Result<Vec<PaymentEvent>, Rejection> {
    let Claim { payment: id, account, by, endpoint, deadline, topup, authorization } = command;
    let (met, Use { request, request_hash }) = (payment.shown(&by), by);
    if met == (Presented::Claimed { request }) {
        return Ok(vec![]);
    }
    if met != Presented::New {
        return Err(Rejection::Taken(met));
    }
    Ok(vec![PaymentEvent::Claimed(Box::new(PaymentClaimed {
        payment: id,
        account,
        request,
        request_hash,
        endpoint,
        deadline,
        topup,
        authorization,
    }))])
}

/// Whoever shows the payment with the same request may be served by it, once the money is there: the request that
/// claimed it may be long gone.
fn settle(payment: &Payment, claim: &PaymentClaimed, pay: Pay) -> Result<Vec<PaymentEvent>, Rejection> {
    match payment.shown(&pay.by) {
        Presented::Claimed { .. } | Presented::Unknown { .. } => {}
        // A failure that was only told has turned out not to be one.
        Presented::Failed { reason } => match &payment.standing {
            Standing::Failed { evidence: Evidence::Told, .. } => {}
            Standing::Failed { evidence: Evidence::Chain, .. }
            | Standing::Open
            | Standing::Unknown { .. }
            | Standing::Settled(_) => return Err(Rejection::Failed { reason }),
        },
        Presented::Paid => return Ok(vec![]),
        Presented::ToppedUp => return Ok(vec![]),
        met @ (Presented::New
        | Presented::OtherRequest { .. }
        | Presented::Replayed
        | Presented::InFlight { .. }
        | Presented::Completed { .. }
        | Presented::Refunded { .. }) => return Err(Rejection::Taken(met)),
    }
    Ok(paid(claim, pay))
}

fn paid(claim: &PaymentClaimed, pay: Pay) -> Vec<PaymentEvent> {
    let Pay { by: Use { request, .. }, deadline, transaction, block } = pay;
    let (payment, account, amount) = (claim.payment, claim.account, claim.authorization.value);
    let settled = PaymentSettled { payment, account, request, amount, transaction, block };
    let charged = claim.topup.is_none().then(|| RequestCharged {
        account,
        key: None,
        request,
        endpoint: claim.endpoint.clone(),
        amount,
        pricing: Pricing::Flat,
        tender: Tender::X402,
        deadline,
        payment: Some(payment),
        voucher: None,
    });
    std::iter::once(PaymentEvent::Settled(settled)).chain(charged.map(PaymentEvent::Charged)).collect()
}

fn fail(
    payment: &Payment,
    claim: &PaymentClaimed,
    reason: Reason,
    evidence: Evidence,
) -> Result<Vec<PaymentEvent>, Rejection> {
    let is_news = match (&payment.standing, evidence) {
        (Standing::Settled(_), _) => return Err(Rejection::Settled),
        (Standing::Open, _) | (Standing::Unknown { .. }, Evidence::Chain) => true,
        (Standing::Failed { evidence: before, .. }, after) => *before != after && after == Evidence::Chain,
        // What may have settled fails by what the chain shows, and not by anybody's word.
        (Standing::Unknown { .. }, Evidence::Told) => false,
    };
    let (payment, account) = (claim.payment, claim.account);
    Ok(if is_news {
        vec![PaymentEvent::Failed(PaymentFailed { payment, account, reason, evidence })]
    } else {
        vec![]
    })
}

fn doubt(
    payment: &Payment,
    claim: &PaymentClaimed,
    reason: Reason,
    transaction: Option<Hash>,
) -> Result<Vec<PaymentEvent>, Rejection> {
    match &payment.standing {
        Standing::Open => {
            let (payment, account) = (claim.payment, claim.account);
            Ok(vec![PaymentEvent::Unknown(PaymentUnknown { payment, account, reason, transaction })])
        }
        Standing::Unknown { .. } | Standing::Failed { .. } => Ok(vec![]),
        Standing::Settled(_) => Err(Rejection::Settled),
    }
}

fn replay(
    payment: &Payment,
    claim: &PaymentClaimed,
    by: Use,
    completed_at: Timestamp,
    now: Timestamp,
) -> Result<Vec<PaymentEvent>, Rejection> {
    let in_time = now.ms_since(completed_at) <= REPLAY_WINDOW_MS;
    let met = payment.shown(&by);
    if met == Presented::Replayed {
        return Ok(vec![]);
    }
    if let Presented::Completed { request, replayed: false } = met
        && in_time
    {
        let (payment, account, replay) = (claim.payment, claim.account, by.request);
        return Ok(vec![PaymentEvent::Replayed(PaymentReplayed { payment, account, request, replay })]);
    }
    Err(Rejection::Taken(met))
}

fn complete(payment: &Payment, claim: &PaymentClaimed, command: &Complete) -> Result<Vec<PaymentEvent>, Rejection> {
    let charge = open_charge(payment, command.request)?;
    if command.price.is_some_and(|price| price != charge.amount) {
        return Err(Rejection::NotSplit);
    }
    Ok(vec![PaymentEvent::Completed(RequestCompleted {
        account: claim.account,
        key: None,
        request: command.request,
        endpoint: charge.endpoint.clone(),
        status: command.status,
        charged: charge.amount,
        price: charge.amount,
        released: MicroUsd::ZERO,
        tokens: command.tokens,
        duration_ms: command.duration_ms,
        payment: Some(claim.payment),
        voucher: None,
    })])
}

/// What was paid becomes a voucher's, which is issued in the same append.
fn refund(payment: &Payment, claim: &PaymentClaimed, command: &Refund) -> Result<Vec<PaymentEvent>, Rejection> {
    let charge = open_charge(payment, command.request)?;
    Ok(vec![PaymentEvent::Refunded(RequestRefunded {
        account: claim.account,
        key: None,
        request: command.request,
        endpoint: charge.endpoint.clone(),
        status: command.status,
        reason: command.reason,
        amount: charge.amount,
        credit: CreditId::of_request(command.request),
        tender: Tender::X402,
        payment: Some(claim.payment),
        voucher: None,
    })])
}

fn open_charge(payment: &Payment, request: RequestId) -> Result<&Charge, Rejection> {
    payment
        .charge
        .as_ref()
        .filter(|charge| charge.request == request && charge.end.is_none())
        .ok_or(Rejection::NoOpenCharge)
}
