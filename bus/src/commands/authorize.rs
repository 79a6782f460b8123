//! Authorization: a request is charged before any work, or is told why not.

use aipaygen_events::account::Pricing;
use aipaygen_events::credit::VoucherCode;
use aipaygen_events::{CreditId, Hash, MicroUsd, RequestId};
use serde::{Deserialize, Serialize};

use super::{Command, Payer, Settled};

/// Charge a request before any work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Authorize {
    /// The request.
    pub request: RequestId,
    /// Who pays, and with what.
    pub payer: Payer,
    /// Method and route template.
    pub endpoint: String,
    /// The price, or the hold.
    pub amount: MicroUsd,
    /// How the amount was found.
    pub pricing: Pricing,
    /// How long the work may take before the charge is given back by itself.
    pub timeout_ms: u64,
    /// The `Idempotency-Key`, if one was shown.
    pub idempotency: Option<IdempotencyHashes>,
}

/// An `Idempotency-Key` and what it was shown for, as keyed hashes in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyHashes {
    /// Of the key.
    pub key: String,
    /// Of method, route and body.
    pub request: String,
}

/// What became of [`Authorize`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authorization {
    /// Charged, durably.
    Charged {
        /// The signed receipt, shown to the caller if the answer is a 2xx. Of a metered request the receipt
        /// comes with its end.
        receipt: Option<String>,
        /// The settlement, if a payment paid.
        settled: Option<Settled>,
        /// What is left on the voucher, if one paid.
        remainder: Option<MicroUsd>,
    },
    /// Not charged: the work of a request that was paid is run once more.
    Replay {
        /// The request that was paid.
        of: RequestId,
        /// Its receipt.
        receipt: String,
        /// The settlement, if a payment had paid.
        settled: Option<Settled>,
    },
    /// Not charged.
    Refused(Refusal),
}

/// Why a request is not charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// 402.
    InsufficientFunds {
        /// What it costs.
        price: MicroUsd,
        /// What there is.
        available: MicroUsd,
    },
    /// 401: unknown, revoked or expired.
    InvalidKey,
    /// 409: the same idempotency key, or the same payment, is at work.
    IdempotencyInFlight {
        /// Which request.
        request: RequestId,
    },
    /// 422: the idempotency key stands for another request.
    IdempotencyOtherRequest {
        /// Which request.
        request: RequestId,
    },
    /// 409 with the receipt: the idempotency key, or the payment, is spent.
    IdempotencySpent {
        /// Which request.
        request: RequestId,
        /// Its receipt.
        receipt: String,
    },
    /// 402: x402 payments are not taken here.
    PaymentsNotTaken,
    /// 402: the payment moved no money.
    PaymentFailed {
        /// Why, as a word such as `insufficient_funds`.
        reason: String,
    },
    /// 402: the payment was on the chain before it was first shown here, so that its signature was public.
    PaymentPublic,
    /// 409: the payment stands for another request.
    PaymentUsed {
        /// Which request.
        request: RequestId,
    },
    /// 503: whether the payment has settled is not known yet. Send the same payment again; never another one.
    PaymentPending {
        /// The transaction that may have moved it.
        transaction: Option<Hash>,
    },
    /// 409: the request that the payment paid has failed, and the money is a voucher's.
    PaymentRefunded {
        /// The request that failed.
        request: RequestId,
        /// The credit.
        credit: CreditId,
        /// Its code, if it could be made for whoever shows the payment.
        voucher: Option<VoucherCode>,
    },
    /// 402: no such voucher, or not its code.
    VoucherUnknown,
    /// 402: what was left on the voucher has expired.
    VoucherExpired,
    /// 402: too little is left on the voucher.
    VoucherInsufficient {
        /// What it costs.
        price: MicroUsd,
        /// What is left.
        remainder: MicroUsd,
    },
    /// 503: the log takes no more just now, or cannot be reached. Nothing was charged.
    Overloaded,
}

impl Command for Authorize {
    const SUBJECT: &'static str = "cmd.payments.authorize";
    type Reply = Authorization;
}
