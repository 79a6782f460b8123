//! What has happened to an account. Every shape here is for ever: a golden file of each is kept in
//! `events/tests/golden`.

use serde::{Deserialize, Serialize};

use crate::request::{RequestCharged, RequestCompleted, RequestRefunded, charge_of, end_of};
use crate::{AccountId, CreditId, DepositId, EventId, KeyId, MicroUsd, RequestId, Timestamp, api_key::KeyHash};

/// One event on the stream of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountEvent {
    /// `account.opened`
    Opened(AccountOpened),
    /// `key.issued`
    KeyIssued(KeyIssued),
    /// `key.revoked`
    KeyRevoked(KeyRevoked),
    /// `funds.deposited`
    Deposited(FundsDeposited),
    /// `request.charged`
    Charged(RequestCharged),
    /// `request.completed`
    Completed(RequestCompleted),
    /// `request.refunded`
    Refunded(RequestRefunded),
    /// `credit.applied`
    CreditApplied(CreditApplied),
}

impl AccountEvent {
    /// The identity of this event, derived from what must not happen twice.
    ///
    /// *Completed* and *refunded* share one name, so the log can hold only one of them for a request.
    #[must_use]
    pub fn id(&self) -> EventId {
        EventId::named(&match self {
            Self::Opened(e) => format!("account.opened:{}", e.account),
            Self::KeyIssued(e) => format!("key.issued:{}", e.key),
            Self::KeyRevoked(e) => format!("key.revoked:{}", e.key),
            Self::Deposited(e) => format!("funds.deposited:{}", e.deposit),
            Self::Charged(e) => return charge_of(e.request),
            Self::Completed(e) => return end_of(e.request),
            Self::Refunded(e) => return end_of(e.request),
            Self::CreditApplied(e) => format!("credit.applied:{}", e.credit),
        })
    }
}

/// An account exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountOpened {
    /// The account.
    pub account: AccountId,
    /// A name for people, chosen by the operator; may be empty.
    pub label: String,
}

/// An API key was made. Its secret was shown once and is kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyIssued {
    /// The account that the key pays from.
    pub account: AccountId,
    /// The public part.
    pub key: KeyId,
    /// The keyed hash of the secret part.
    pub hash: KeyHash,
    /// A name for people; may be empty.
    pub label: String,
    /// When the key stops working by itself, if ever.
    pub expires_at: Option<Timestamp>,
}

/// An API key works no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRevoked {
    /// Its account.
    pub account: AccountId,
    /// The key.
    pub key: KeyId,
}

/// Where deposited money came from: the debit side of its posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepositSource {
    /// A card payment, through Stripe.
    Stripe,
    /// A USDC payment.
    X402,
    /// A gift of ours.
    Grant,
}

impl DepositSource {
    /// The stable text of the source.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::X402 => "x402",
            Self::Grant => "grant",
        }
    }
}

/// Funds were added to the balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FundsDeposited {
    /// The account.
    pub account: AccountId,
    /// The deposit, derived from its outside reference.
    pub deposit: DepositId,
    /// Where the money came from.
    pub source: DepositSource,
    /// What the source calls it: a Stripe event id, a transaction hash, a grant's name.
    pub reference: String,
    /// How much.
    pub amount: MicroUsd,
}

/// A refund credit was put on the balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditApplied {
    /// Whose balance.
    pub account: AccountId,
    /// The credit.
    pub credit: CreditId,
    /// The request that it makes good.
    pub request: RequestId,
    /// How much.
    pub amount: MicroUsd,
}
