//! What can be asked of a voucher. A command brings all that its decision must know.

use crate::account::{Complete, Refund};
use crate::api_key::KeyHash;
use crate::{AccountId, CreditId, MicroUsd, RequestId, Timestamp};

/// One thing asked of a voucher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreditCommand {
    /// Let it be.
    Issue(Issue),
    /// Make a code anew for whoever has proven that it is theirs.
    Code {
        /// The keyed hash of the new code.
        hash: KeyHash,
        /// The moment of the decision.
        now: Timestamp,
    },
    /// Take a price off.
    Charge(Charge),
    /// A request that it paid was answered. The price is what was charged: a flat one.
    Complete(Complete),
    /// A request that it paid failed: give it back, as another voucher.
    Refund(Refund),
    /// Let what is left be ours.
    Expire {
        /// The moment of the decision.
        now: Timestamp,
    },
}

/// See [`super::CreditIssued`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The credit.
    pub credit: CreditId,
    /// Who had paid.
    pub account: AccountId,
    /// The request that it makes good.
    pub request: RequestId,
    /// How much.
    pub amount: MicroUsd,
    /// The keyed hash of its code, if it has one.
    pub hash: Option<KeyHash>,
    /// The moment of the decision.
    pub now: Timestamp,
    /// When what is left of it is ours.
    pub expires_at: Timestamp,
}

/// See [`super::CreditSpent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The keyed hash of the code that is shown.
    pub hash: KeyHash,
    /// The request.
    pub request: RequestId,
    /// Method and route template.
    pub endpoint: String,
    /// The price.
    pub amount: MicroUsd,
    /// When the charge is given back by itself.
    pub deadline: Timestamp,
    /// The moment of the decision.
    pub now: Timestamp,
}
