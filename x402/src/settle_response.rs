//! The receipt of a settlement on the wire: what we tell a buyer, and what a facilitator tells us.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::envelope::Version;
use crate::payment::Payment;

/// What `PAYMENT-RESPONSE` (version 2) or `X-PAYMENT-RESPONSE` (version 1) holds, and what `POST /settle` answers.
///
/// A failure may name a transaction too: one that is pending. Members of other names are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettleResponse {
    /// Whether the money has moved.
    pub success: bool,
    /// The transaction's hash; empty where there is none.
    #[serde(default)]
    pub transaction: String,
    /// The network's name, in the version of the payment.
    #[serde(default)]
    pub network: String,
    /// Who paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<String>,
    /// Why it has not moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_reason: Option<String>,
    /// How much has moved, in the token's smallest unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// Members of other names.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl SettleResponse {
    /// The receipt of a payment that has settled.
    #[must_use]
    pub fn settled(payment: &Payment, transaction: &str) -> Self {
        Self { success: true, amount: Some(payment.value.to_string()), ..Self::of(payment, transaction) }
    }

    /// The word on a payment that has not settled, with the transaction of one that is pending.
    #[must_use]
    pub fn failed(payment: &Payment, reason: &str, pending: Option<&str>) -> Self {
        Self { error_reason: Some(reason.to_owned()), ..Self::of(payment, pending.unwrap_or_default()) }
    }

    fn of(payment: &Payment, transaction: &str) -> Self {
        let network = match payment.version {
            Version::V1 => payment.network.v1_name(),
            Version::V2 => payment.network.caip2(),
        };
        Self {
            success: false,
            transaction: transaction.to_owned(),
            network: network.to_owned(),
            payer: Some(payment.payer.to_string()),
            error_reason: None,
            amount: None,
            other: Map::new(),
        }
    }

    /// The name of the header for a payment of this version.
    #[must_use]
    pub const fn header_name(version: Version) -> &'static str {
        match version {
            Version::V1 => "X-PAYMENT-RESPONSE",
            Version::V2 => "PAYMENT-RESPONSE",
        }
    }

    /// The header's value.
    #[must_use]
    pub fn header_value(&self) -> String {
        STANDARD.encode(serde_json::to_vec(self).expect("text is JSON"))
    }
}
