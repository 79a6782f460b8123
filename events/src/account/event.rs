//! What has happened to an account. Every shape here is for ever: a golden file of each is kept in
//! `events/tests/golden`.

use serde::{Deserialize, Serialize};

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
            Self::Charged(e) => return Self::charge_of(e.request),
            Self::Completed(e) => return Self::end_of(e.request),
            Self::Refunded(e) => return Self::end_of(e.request),
            Self::CreditApplied(e) => format!("credit.applied:{}", e.credit),
        })
    }

    /// The identity of the one charge that a request can have.
    #[must_use]
    pub fn charge_of(request: RequestId) -> EventId {
        EventId::named(&format!("request.charged:{request}"))
    }

    /// The identity of the one end, completed or refunded, that a request can have.
    #[must_use]
    pub fn end_of(request: RequestId) -> EventId {
        EventId::named(&format!("request.ended:{request}"))
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

/// What pays for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tender {
    /// The balance of an account.
    Prepaid,
}

impl Tender {
    /// The stable text of the tender.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prepaid => "prepaid",
        }
    }
}

/// How the amount of a charge was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pricing {
    /// The listed price of the tool.
    Flat,
    /// The worst case, held; the actual use is captured and the rest released.
    Metered,
}

impl Pricing {
    /// The stable text of the pricing.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Metered => "metered",
        }
    }
}

/// A request was charged, or its worst case held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestCharged {
    /// Who pays.
    pub account: AccountId,
    /// With which key.
    pub key: KeyId,
    /// For which request.
    pub request: RequestId,
    /// For what: method and route template, such as `POST /code/run`. Never a URL.
    pub endpoint: String,
    /// The price, or the hold.
    pub amount: MicroUsd,
    /// How the amount was found.
    pub pricing: Pricing,
    /// What pays.
    pub tender: Tender,
    /// When the charge is refunded by itself if nothing has ended it.
    pub deadline: Timestamp,
}

/// Tokens that a model has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// Read.
    pub input: u64,
    /// Written.
    pub output: u64,
}

/// A charged request was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestCompleted {
    /// Who paid.
    pub account: AccountId,
    /// With which key.
    pub key: KeyId,
    /// Which request.
    pub request: RequestId,
    /// For what, as charged.
    pub endpoint: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// What was charged.
    pub charged: MicroUsd,
    /// What it cost in the end, at most what was charged.
    pub price: MicroUsd,
    /// What went back to the balance: charged − price.
    pub released: MicroUsd,
    /// Tokens used, zero where no model was.
    pub tokens: Tokens,
    /// From charge to answer, in milliseconds.
    pub duration_ms: u64,
}

/// Why a charge was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// The tool failed on our side.
    ToolFailed,
    /// No worker was listening.
    NoWorker,
    /// Every worker was at its limit.
    Overloaded,
    /// The worker did not answer in time, or its connection was lost.
    WorkerLost,
    /// The worker refused the input, which costs nothing.
    Rejected,
    /// The ingress failed after the charge.
    IngressFailed,
    /// Nobody ended the charge by its deadline.
    Abandoned,
    /// The answer was to be delivered later, and could not be.
    Undelivered,
}

impl RefundReason {
    /// The stable text of the reason.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ToolFailed => "tool_failed",
            Self::NoWorker => "no_worker",
            Self::Overloaded => "overloaded",
            Self::WorkerLost => "worker_lost",
            Self::Rejected => "rejected",
            Self::IngressFailed => "ingress_failed",
            Self::Abandoned => "abandoned",
            Self::Undelivered => "undelivered",
        }
    }
}

/// A charge was given back: a refund credit of its whole amount came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestRefunded {
    /// Who had paid.
    pub account: AccountId,
    /// With which key.
    pub key: KeyId,
    /// Which request.
    pub request: RequestId,
    /// For what, as charged.
    pub endpoint: String,
    /// The HTTP status of the answer; 0 if the caller got none from us.
    pub status: u16,
    /// Why.
    pub reason: RefundReason,
    /// What came back: all that was charged.
    pub amount: MicroUsd,
    /// The refund credit.
    pub credit: CreditId,
    /// What had paid.
    pub tender: Tender,
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
