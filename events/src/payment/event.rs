//! What has happened to an x402 payment. Every shape here is for ever.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::PaymentId;
use crate::request::{RequestCharged, RequestCompleted, RequestRefunded, charge_of, end_of};
use crate::{AccountId, Address, EventId, Hash, HexBytes, MicroUsd, RequestId, Timestamp};

/// One event on the stream of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentEvent {
    /// `payment.claimed`
    Claimed(Box<PaymentClaimed>),
    /// `payment.settled`
    Settled(PaymentSettled),
    /// `payment.failed`
    Failed(PaymentFailed),
    /// `payment.unknown`
    Unknown(PaymentUnknown),
    /// `payment.replayed`
    Replayed(PaymentReplayed),
    /// `request.charged`
    Charged(RequestCharged),
    /// `request.completed`
    Completed(RequestCompleted),
    /// `request.refunded`
    Refunded(RequestRefunded),
}

impl PaymentEvent {
    /// The identity of this event, derived from what must not happen twice.
    #[must_use]
    pub fn id(&self) -> EventId {
        EventId::named(&match self {
            Self::Claimed(e) => format!("payment.claimed:{}", e.payment),
            Self::Settled(e) => format!("payment.settled:{}", e.payment),
            Self::Failed(e) => format!("payment.failed:{}:{}", e.payment, e.evidence.as_str()),
            Self::Unknown(e) => format!("payment.unknown:{}", e.payment),
            Self::Replayed(e) => format!("payment.replayed:{}", e.payment),
            Self::Charged(e) => return charge_of(e.request),
            Self::Completed(e) => return end_of(e.request),
            Self::Refunded(e) => return end_of(e.request),
        })
    }
}

/// Somebody showed a payment that was verified locally, and it is theirs to settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentClaimed {
    /// The payment.
    pub payment: PaymentId,
    /// Who pays: the account of the wallet.
    pub account: AccountId,
    /// The request that showed it.
    pub request: RequestId,
    /// Keyed hash, in hex, of method, route and body: what it may be shown with again.
    pub request_hash: String,
    /// For what: method and route template.
    pub endpoint: String,
    /// When the request is given up.
    pub deadline: Timestamp,
    /// The account that it is put on, if it tops one up instead of paying for the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topup: Option<AccountId>,
    /// All that settling it needs, so that another worker can.
    pub authorization: SignedAuthorization,
}

/// A signed EIP-3009 authorization, with its terms, all of them ours. Chain, asset, payer and nonce stand in the
/// identity of the payment. The signature is of no use to others: it pays us and nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedAuthorization {
    /// Who is paid.
    pub pay_to: Address,
    /// How much.
    pub value: MicroUsd,
    /// The Unix second that must have passed.
    pub valid_after: u64,
    /// The Unix second that must not have been reached when it settles.
    pub valid_before: u64,
    /// The signature, as contracts take it.
    pub signature: HexBytes,
    /// Whether a contract at the payer's address has to be asked about it (ERC-1271).
    pub contract: bool,
    /// The version of x402 in which it came.
    pub version: u8,
    /// The name in the token's EIP-712 domain.
    pub asset_name: String,
    /// The version in the token's EIP-712 domain.
    pub asset_version: String,
    /// The resource of the offer: a template of ours, never what a caller asked.
    pub resource: String,
    /// The `maxTimeoutSeconds` of the offer.
    pub max_timeout_s: u64,
}

/// The money is ours, by the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentSettled {
    /// The payment.
    pub payment: PaymentId,
    /// Who paid.
    pub account: AccountId,
    /// The request that it pays, or that brought the top-up.
    pub request: RequestId,
    /// How much.
    pub amount: MicroUsd,
    /// The transaction that moved it.
    pub transaction: Hash,
    /// The block of the transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<u64>,
}

/// Whose word a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Of whoever was to settle it. The authorization can still be obeyed until it runs out, so it is looked for again.
    Told,
    /// The chain: it cannot be obeyed any more, and was not.
    Chain,
}

impl Evidence {
    /// The stable text of the evidence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Chain => "chain",
        }
    }
}

/// The payment moved no money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentFailed {
    /// The payment.
    pub payment: PaymentId,
    /// Who did not pay.
    pub account: AccountId,
    /// Why.
    pub reason: Reason,
    /// Who says so.
    pub evidence: Evidence,
}

/// Whether the payment has moved money is not known. It is settled or failed later, by what the chain shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentUnknown {
    /// The payment.
    pub payment: PaymentId,
    /// Who pays.
    pub account: AccountId,
    /// Why it is not known.
    pub reason: Reason,
    /// The transaction that may move it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<Hash>,
}

/// The work of the completed request is run once more, without another payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentReplayed {
    /// The payment.
    pub payment: PaymentId,
    /// Who paid.
    pub account: AccountId,
    /// The request that was paid.
    pub request: RequestId,
    /// The request that runs the work again.
    pub replay: RequestId,
}

/// A reason as a word, such as `insufficient_funds`: others write it, so that nothing but a word gets through.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Reason(String);

impl Reason {
    /// The most characters of a reason.
    pub const LEN_MAX: usize = 64;

    /// The word itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        let is_word = (1..=Self::LEN_MAX).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        Self(if is_word { text } else { "unspecified".to_owned() })
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
