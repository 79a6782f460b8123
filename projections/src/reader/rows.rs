//! What the read models answer with: one struct for each table that a caller may ask.

use aipaygen_events::account::{Pricing, RefundReason, Tender, Tokens};
use aipaygen_events::api_key::KeyHash;
use aipaygen_events::{AccountId, CreditId, KeyId, MicroUsd, PaymentId, Purse, RequestId, Timestamp};
use serde::Serialize;

/// An API key, as far as it is kept: a keyed hash and what people need to tell it from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// The public part.
    pub key: KeyId,
    /// The account that it pays from.
    pub account: AccountId,
    /// The keyed hash of the whole key.
    pub hash: KeyHash,
    /// A name for people; may be empty.
    pub label: String,
    /// When it stops working by itself, if ever.
    pub expires_at: Option<Timestamp>,
    /// Whether it was stopped.
    pub revoked: bool,
    /// When it was made.
    pub issued_at: Timestamp,
}

/// The prepaid funds of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BalanceRow {
    /// Whose.
    pub account: AccountId,
    /// A name for people; may be empty.
    pub label: String,
    /// What can be spent.
    pub balance: MicroUsd,
    /// What is charged to requests that have no end yet.
    pub held: MicroUsd,
    /// The position in the log of the last event that moved either.
    pub position: u64,
}

/// How a charged request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestStatus {
    /// Charged, without an end.
    Open,
    /// Answered, and earned.
    Completed,
    /// Given back.
    Refunded,
}

impl RequestStatus {
    /// The stable text of the status.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Completed => "completed",
            Self::Refunded => "refunded",
        }
    }
}

/// A charged request: metadata only, for its owner and for support.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestRow {
    /// Which request.
    pub request: RequestId,
    /// Who pays.
    pub account: AccountId,
    /// With which key, if an account pays.
    pub key: Option<KeyId>,
    /// Method and route template.
    pub endpoint: String,
    /// How it stands.
    pub status: RequestStatus,
    /// The HTTP status of the answer; `None` while open, 0 if the caller got none from us.
    pub http_status: Option<u16>,
    /// What was charged, or held.
    pub charged: MicroUsd,
    /// What it cost in the end; `None` unless completed.
    pub price: Option<MicroUsd>,
    /// What went back to what had paid: the rest of a hold, or the whole of a refund.
    pub released: MicroUsd,
    /// Tokens used; zero unless completed.
    pub tokens: Tokens,
    /// How the amount was found.
    pub pricing: Pricing,
    /// What pays.
    pub tender: Tender,
    /// The x402 payment that pays, if one does.
    pub payment: Option<PaymentId>,
    /// The voucher that pays, if one does.
    pub voucher: Option<CreditId>,
    /// Why it was given back, if it was.
    pub reason: Option<RefundReason>,
    /// The refund credit, if it was given back.
    pub credit: Option<CreditId>,
    /// When the charge was committed.
    pub charged_at: Timestamp,
    /// When the charge is given back by itself.
    pub deadline: Timestamp,
    /// When the end was committed.
    pub ended_at: Option<Timestamp>,
    /// From charge to answer, in milliseconds; `None` unless completed.
    pub duration_ms: Option<u64>,
}

impl RequestRow {
    /// What the charge was taken from.
    #[must_use]
    pub const fn purse(&self) -> Purse {
        Purse::of(self.account, self.payment, self.voucher)
    }
}

/// What an account has used of one endpoint on one day. Each event counts on its own day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageRow {
    /// Midnight, UTC, at which the day begins.
    pub day: Timestamp,
    /// Method and route template.
    pub endpoint: String,
    /// Requests charged.
    pub calls: u64,
    /// Requests answered.
    pub completed: u64,
    /// Requests given back.
    pub refunded: u64,
    /// Tokens used.
    pub tokens: Tokens,
    /// What the answered requests cost.
    pub spent: MicroUsd,
}
