//! What has happened to a voucher. Every shape here is for ever.

use serde::{Deserialize, Serialize};

use crate::api_key::KeyHash;
use crate::request::{RequestCharged, RequestCompleted, RequestRefunded, charge_of, end_of};
use crate::{AccountId, CreditId, EventId, MicroUsd, RequestId, Timestamp};

/// One event on the stream of a credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreditEvent {
    /// `credit.issued`
    Issued(CreditIssued),
    /// `credit.coded`
    Coded(CreditCoded),
    /// `credit.spent`
    Spent(CreditSpent),
    /// `credit.expired`
    Expired(CreditExpired),
    /// `request.charged`
    Charged(RequestCharged),
    /// `request.completed`
    Completed(RequestCompleted),
    /// `request.refunded`
    Refunded(RequestRefunded),
}

impl CreditEvent {
    /// The identity of this event, derived from what must not happen twice.
    #[must_use]
    pub fn id(&self) -> EventId {
        EventId::named(&match self {
            Self::Issued(e) => format!("credit.issued:{}", e.credit),
            Self::Coded(e) => format!("credit.coded:{}:{}", e.credit, e.hash),
            Self::Spent(e) => format!("credit.spent:{}", e.request),
            Self::Expired(e) => format!("credit.expired:{}", e.credit),
            Self::Charged(e) => return charge_of(e.request),
            Self::Completed(e) => return end_of(e.request),
            Self::Refunded(e) => return end_of(e.request),
        })
    }
}

/// A voucher came to be, in the same append as the refund that it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditIssued {
    /// The credit.
    pub credit: CreditId,
    /// Who had paid.
    pub account: AccountId,
    /// The request that it makes good.
    pub request: RequestId,
    /// How much.
    pub amount: MicroUsd,
    /// The keyed hash of its code; none if nobody was there to be shown one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<KeyHash>,
    /// When it was issued, by the one who decided it.
    pub issued_at: Timestamp,
    /// When what is left of it is ours.
    pub expires_at: Timestamp,
}

/// A code was made and shown, in place of one that was lost or never shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditCoded {
    /// The credit.
    pub credit: CreditId,
    /// Who had paid.
    pub account: AccountId,
    /// The keyed hash of the code; a code before it is worth nothing any more.
    pub hash: KeyHash,
    /// When it was made.
    pub coded_at: Timestamp,
}

/// A price was taken off, in the same append as the charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditSpent {
    /// The credit.
    pub credit: CreditId,
    /// Who had paid.
    pub account: AccountId,
    /// The request that it pays.
    pub request: RequestId,
    /// How much was taken off.
    pub amount: MicroUsd,
    /// What is left.
    pub remainder: MicroUsd,
}

/// Nobody has spent what was left in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditExpired {
    /// The credit.
    pub credit: CreditId,
    /// Who had paid.
    pub account: AccountId,
    /// What was left.
    pub amount: MicroUsd,
}
