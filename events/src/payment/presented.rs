//! What showing a payment meets: whether it is new, at work, or spent.

use super::{End, Payment, Reason, Standing, Use};
use crate::{CreditId, Hash, RequestId};

/// What a payment is to the request that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presented {
    /// Nobody has shown it before.
    New,
    /// It stands for another request.
    OtherRequest {
        /// Which one.
        request: RequestId,
    },
    /// It was claimed, and nothing more is known yet.
    Claimed {
        /// By which request.
        request: RequestId,
    },
    /// It may have settled.
    Unknown {
        /// The transaction that may have moved it.
        transaction: Option<Hash>,
    },
    /// It has moved no money.
    Failed {
        /// Why.
        reason: Reason,
    },
    /// It has paid for this very request: the command is a repeat.
    Paid,
    /// It runs the work of this very request again: the command is a repeat.
    Replayed,
    /// The request that it pays is being served.
    InFlight {
        /// Which one.
        request: RequestId,
    },
    /// The request that it paid was answered.
    Completed {
        /// Which one.
        request: RequestId,
        /// Whether its work was run again already.
        replayed: bool,
    },
    /// The request that it paid failed: the money is a voucher's.
    Refunded {
        /// Which request.
        request: RequestId,
        /// The voucher.
        credit: CreditId,
    },
    /// It has topped up an account.
    ToppedUp,
}

impl Payment {
    /// What this payment is to a request that shows it.
    #[must_use]
    pub fn shown(&self, by: &Use) -> Presented {
        let Some(claim) = &self.claim else { return Presented::New };
        if claim.request_hash != by.request_hash {
            return Presented::OtherRequest { request: claim.request };
        }
        match &self.standing {
            Standing::Open => Presented::Claimed { request: claim.request },
            Standing::Unknown { transaction, .. } => Presented::Unknown { transaction: *transaction },
            Standing::Failed { reason, .. } => Presented::Failed { reason: reason.clone() },
            Standing::Settled(_) => self.spent(by),
        }
    }

    fn spent(&self, by: &Use) -> Presented {
        let Some(charge) = &self.charge else { return Presented::ToppedUp };
        let request = charge.request;
        match charge.end {
            Some(End::Refunded { credit }) => Presented::Refunded { request, credit },
            None | Some(End::Completed) if request == by.request => Presented::Paid,
            None => Presented::InFlight { request },
            Some(End::Completed) if self.replay == Some(by.request) => Presented::Replayed,
            Some(End::Completed) => Presented::Completed { request, replayed: self.replay.is_some() },
        }
    }
}
