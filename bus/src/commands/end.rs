//! The end of a charge.

use aipaygen_events::account::{RefundReason, Tokens};
use aipaygen_events::credit::VoucherCode;
use aipaygen_events::{CreditId, MicroUsd, Purse, RequestId};
use serde::{Deserialize, Serialize};

use super::Command;

/// The durable queue of ends that nobody waits for: [`End`], one for each request.
pub const ENDS_QUEUE: &str = "payments-ends";

/// End the charge of a request. Served at once on its subject, and later from [`ENDS_QUEUE`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct End {
    /// The request.
    pub request: RequestId,
    /// What the charge was taken from.
    pub purse: Purse,
    /// The HTTP status of the answer; 0 if there was none.
    pub status: u16,
    /// How.
    pub how: EndHow,
}

/// How a charge ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndHow {
    /// The caller was answered.
    Complete {
        /// What it cost in the end; `None` for all that was charged.
        price: Option<MicroUsd>,
        /// Tokens used.
        tokens: Tokens,
        /// From charge to answer, in milliseconds.
        duration_ms: u64,
    },
    /// The charge is given back.
    Refund {
        /// Why.
        reason: RefundReason,
    },
}

/// How the charge of a request has ended: by this command, or by one before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It was answered.
    Completed {
        /// What it cost.
        price: MicroUsd,
        /// The signed receipt.
        receipt: String,
    },
    /// It was given back.
    Refunded {
        /// The refund credit.
        credit: CreditId,
        /// How much.
        amount: MicroUsd,
        /// The code of the voucher that the credit is, where it is one and this command has made it. The only time
        /// that it is shown.
        voucher: Option<VoucherCode>,
    },
    /// There is no such charge.
    NotCharged,
    /// The end is not decided yet: the log cannot be reached, or nobody knows whether the payment has settled. If
    /// it has, the money becomes a voucher by itself.
    Unavailable,
}

impl Command for End {
    const SUBJECT: &'static str = "cmd.payments.end";
    type Reply = Ended;
}
