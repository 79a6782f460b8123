//! Refund credits as support asks for them: which there are, how one came to be, and whether the log agrees.

mod list;
mod replay;
mod show;

use aipaygen_events::account::{RefundReason, Tender};
use aipaygen_events::{AccountId, CreditId, KeyId, MicroUsd, RequestId, Timestamp};
use serde::{Deserialize, Serialize};

pub use list::{RefundFilter, list_refunds};
pub use list::{VoucherRow, voucher};
pub use replay::{RefundDifference, RefundReplay, Selection, replay_refunds};
pub(crate) use show::payment_events;
pub use show::{EventLine, LedgerLine, Shown, Subject, show};

/// A refund credit: what was given back for one request that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundCreditRow {
    /// The credit, derived from the request.
    pub credit: CreditId,
    /// The request that it makes good.
    pub request: RequestId,
    /// Who had paid.
    pub account: AccountId,
    /// With which key, if an account had paid.
    pub key: Option<KeyId>,
    /// Method and route template.
    pub endpoint: String,
    /// The HTTP status of the answer; 0 if the caller got none from us.
    pub http_status: u16,
    /// How much: all that was charged.
    pub amount: MicroUsd,
    /// What had paid.
    pub tender: Tender,
    /// Why.
    pub reason: RefundReason,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The position in the log of its issue.
    pub issued_position: u64,
    /// When it was put on the balance; one that is a voucher never is.
    pub applied_at: Option<Timestamp>,
    /// The position in the log of that.
    pub applied_position: Option<u64>,
}
