//! What a payment is, as far as the next decision needs to know.

use super::{Evidence, PaymentClaimed, PaymentEvent, Reason};
use crate::{CreditId, Hash, MicroUsd, RequestId, Timestamp};

/// The state of a payment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payment {
    /// Who showed it first, and for what.
    pub claim: Option<Box<PaymentClaimed>>,
    /// Whether the money has moved.
    pub standing: Standing,
    /// The request that it pays.
    pub charge: Option<Charge>,
    /// The request that ran its work again.
    pub replay: Option<RequestId>,
}

/// Whether the money of a payment has moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It is being settled, if it is claimed.
    #[default]
    Open,
    /// Nobody knows.
    Unknown {
        /// Why not.
        reason: Reason,
        /// The transaction that may move it.
        transaction: Option<Hash>,
    },
    /// It has not.
    Failed {
        /// Why not.
        reason: Reason,
        /// Who says so.
        evidence: Evidence,
    },
    /// It has.
    Settled(Settled),
}

/// How the money has moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// How much.
    pub amount: MicroUsd,
    /// The transaction.
    pub transaction: Hash,
    /// Its block.
    pub block: Option<u64>,
}

/// The request that a payment pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The request.
    pub request: RequestId,
    /// Method and route template.
    pub endpoint: String,
    /// What was taken: the whole payment.
    pub amount: MicroUsd,
    /// When it is given back by itself.
    pub deadline: Timestamp,
    /// How it has ended.
    pub end: Option<End>,
}

/// How the request of a payment has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was answered.
    Completed,
    /// It failed, and the money is this voucher's.
    Refunded {
        /// The voucher.
        credit: CreditId,
    },
}

impl Payment {
    /// The state after one more event.
    #[must_use]
    pub fn evolve(mut self, event: &PaymentEvent) -> Self {
        match event {
            PaymentEvent::Claimed(e) => self.claim = Some(e.clone()),
            PaymentEvent::Settled(e) => {
                let settled = Settled { amount: e.amount, transaction: e.transaction, block: e.block };
                self.standing = Standing::Settled(settled);
            }
            PaymentEvent::Failed(e) => {
                self.standing = Standing::Failed { reason: e.reason.clone(), evidence: e.evidence };
            }
            PaymentEvent::Unknown(e) => {
                self.standing = Standing::Unknown { reason: e.reason.clone(), transaction: e.transaction };
            }
            PaymentEvent::Replayed(e) => self.replay = Some(e.replay),
            PaymentEvent::Charged(e) => {
                let endpoint = e.endpoint.clone();
                let (request, amount, deadline) = (e.request, e.amount, e.deadline);
                self.charge = Some(Charge { request, endpoint, amount, deadline, end: None });
            }
            PaymentEvent::Completed(_) => self.end(End::Completed),
            PaymentEvent::Refunded(e) => self.end(End::Refunded { credit: e.credit }),
        }
        self
    }

    fn end(&mut self, end: End) {
        if let Some(charge) = &mut self.charge {
            charge.end = Some(end);
        }
    }
}
