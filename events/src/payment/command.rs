//! What can be asked of a payment. A command brings all that its decision must know.

use super::{Evidence, PaymentId, Reason, SignedAuthorization};
use crate::account::{Complete, Refund};
use crate::{AccountId, Hash, RequestId, Timestamp};

/// One thing asked of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentCommand {
    /// Take it, to settle it.
    Claim(Box<Claim>),
    /// The chain shows the money.
    Pay(Pay),
    /// It did not settle.
    Fail {
        /// Why.
        reason: Reason,
        /// Who says so.
        evidence: Evidence,
    },
    /// Nobody knows whether it settled.
    Doubt {
        /// Why not.
        reason: Reason,
        /// The transaction that may move it.
        transaction: Option<Hash>,
    },
    /// Run the work of its completed request once more.
    Replay {
        /// The request that would.
        request: RequestId,
        /// Keyed hash of method, route and body.
        request_hash: String,
        /// When the work was done.
        completed_at: Timestamp,
        /// The moment of the decision.
        now: Timestamp,
    },
    /// Its request was answered. Its price is what was paid: a flat one.
    Complete(Complete),
    /// Its request failed: give it back.
    Refund(Refund),
}

/// See [`super::PaymentClaimed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The payment.
    pub payment: PaymentId,
    /// The account of the wallet.
    pub account: AccountId,
    /// How it is to be used.
    pub by: Use,
    /// For what: method and route template.
    pub endpoint: String,
    /// When the request is given up.
    pub deadline: Timestamp,
    /// The account to top up, if that is what it is for.
    pub topup: Option<AccountId>,
    /// All that settling it needs.
    pub authorization: SignedAuthorization,
}

/// The request with which a payment is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The request.
    pub request: RequestId,
    /// Keyed hash of method, route and body.
    pub request_hash: String,
}

/// See [`super::PaymentSettled`]: the request that it pays is charged with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pay {
    /// The request that it pays: the one that claimed it, or a later one that showed it again.
    pub by: Use,
    /// When that request is given up.
    pub deadline: Timestamp,
    /// The transaction that moved the money.
    pub transaction: Hash,
    /// Its block.
    pub block: Option<u64>,
}
