//! The charge of a request and its one end, whatever pays: the same events on the stream of an account, of an x402
//! payment or of a voucher. Every shape here is for ever.

use serde::{Deserialize, Serialize};

use crate::{AccountId, CreditId, EventId, KeyId, MicroUsd, PaymentId, Purse, RequestId, Timestamp};

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

/// A charge or an end, seen in any event that is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestEvent<'a> {
    /// `request.charged`
    Charged(&'a RequestCharged),
    /// `request.completed`
    Completed(&'a RequestCompleted),
    /// `request.refunded`
    Refunded(&'a RequestRefunded),
}

/// What pays for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tender {
    /// The balance of an account.
    Prepaid,
    /// A USDC payment for this one request.
    X402,
    /// A refund voucher.
    Voucher,
}

impl Tender {
    /// The stable text of the tender.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prepaid => "prepaid",
            Self::X402 => "x402",
            Self::Voucher => "voucher",
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
    /// With which key, if an account pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
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
    /// The x402 payment that pays, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentId>,
    /// The voucher that pays, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<CreditId>,
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
    /// With which key, if an account pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
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
    /// What went back to what had paid: charged − price.
    pub released: MicroUsd,
    /// Tokens used, zero where no model was.
    pub tokens: Tokens,
    /// From charge to answer, in milliseconds.
    pub duration_ms: u64,
    /// The x402 payment that pays, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentId>,
    /// The voucher that pays, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<CreditId>,
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
    /// With which key, if an account pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
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
    /// The x402 payment that pays, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentId>,
    /// The voucher that pays, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<CreditId>,
}

impl RequestCharged {
    /// What the money was taken from.
    #[must_use]
    pub const fn purse(&self) -> Purse {
        Purse::of(self.account, self.payment, self.voucher)
    }
}

impl RequestCompleted {
    /// What the money was taken from.
    #[must_use]
    pub const fn purse(&self) -> Purse {
        Purse::of(self.account, self.payment, self.voucher)
    }
}

impl RequestRefunded {
    /// What the money was taken from.
    #[must_use]
    pub const fn purse(&self) -> Purse {
        Purse::of(self.account, self.payment, self.voucher)
    }
}
