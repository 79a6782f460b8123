//! What can be asked of an account. A command brings all that its decision must know.

use super::{DepositSource, Pricing, RefundReason, Tokens};
use crate::{AccountId, DepositId, KeyId, MicroUsd, RequestId, Timestamp, api_key::KeyHash};

/// One thing asked of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountCommand {
    /// Open it, under a name for people.
    Open {
        /// Which account.
        account: AccountId,
        /// A name for people; may be empty.
        label: String,
    },
    /// Let a new key pay from it.
    IssueKey(IssueKey),
    /// Stop a key.
    RevokeKey {
        /// Which key.
        key: KeyId,
    },
    /// Add funds.
    Deposit(Deposit),
    /// Charge a request, or hold its worst case.
    Charge(Charge),
    /// The request was answered.
    Complete(Complete),
    /// The request failed: give the charge back.
    Refund(Refund),
}

/// See [`super::KeyIssued`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueKey {
    /// The public part.
    pub key: KeyId,
    /// The keyed hash of the secret part.
    pub hash: KeyHash,
    /// A name for people; may be empty.
    pub label: String,
    /// When the key stops working by itself, if ever.
    pub expires_at: Option<Timestamp>,
}

/// See [`super::FundsDeposited`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Derived from what must not be credited twice.
    pub deposit: DepositId,
    /// Where the money came from.
    pub source: DepositSource,
    /// What the source calls it.
    pub reference: String,
    /// How much, above zero.
    pub amount: MicroUsd,
}

/// See [`super::RequestCharged`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The key that was shown.
    pub key: KeyId,
    /// The request.
    pub request: RequestId,
    /// Method and route template.
    pub endpoint: String,
    /// The price, or the hold.
    pub amount: MicroUsd,
    /// How the amount was found.
    pub pricing: Pricing,
    /// When the charge is given back by itself.
    pub deadline: Timestamp,
    /// The moment of the decision.
    pub now: Timestamp,
}

/// See [`super::RequestCompleted`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complete {
    /// The request.
    pub request: RequestId,
    /// The HTTP status of the answer.
    pub status: u16,
    /// What it cost in the end; `None` for all that was charged.
    pub price: Option<MicroUsd>,
    /// Tokens used.
    pub tokens: Tokens,
    /// From charge to answer, in milliseconds.
    pub duration_ms: u64,
}

/// See [`super::RequestRefunded`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The request.
    pub request: RequestId,
    /// The HTTP status of the answer; 0 if there was none.
    pub status: u16,
    /// Why.
    pub reason: RefundReason,
}
