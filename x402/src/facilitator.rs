//! What a facilitator is asked to settle, made from a payment alone: a worker that restarts can ask again.

use serde::Serialize;
use serde_json::{Value, json};

use crate::envelope::Version;
use crate::offer::{SCHEME, extra};
use crate::payment::Payment;

/// The body of `POST /settle` (and of `POST /verify`).
///
/// Nothing that a buyer added travels on: the envelope is ours, with the terms that the payment was verified against.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SettleRequest {
    x402_version: Version,
    payment_payload: Value,
    payment_requirements: Value,
}

impl SettleRequest {
    /// The request in a version that the facilitator speaks, whichever the buyer spoke: what was signed is the same.
    #[must_use]
    pub fn new(payment: &Payment, version: Version) -> Self {
        let (payment_payload, payment_requirements) = match version {
            Version::V1 => v1(payment),
            Version::V2 => v2(payment),
        };
        Self { x402_version: version, payment_payload, payment_requirements }
    }
}

fn v2(payment: &Payment) -> (Value, Value) {
    let requirements = json!({
        "scheme": SCHEME,
        "network": payment.network,
        "asset": payment.asset.address.to_string(),
        "amount": payment.value.to_string(),
        "payTo": payment.pay_to.to_string(),
        "maxTimeoutSeconds": payment.max_timeout_s,
        "extra": extra(&payment.asset),
    });
    let payload = json!({
        "x402Version": 2,
        "resource": { "url": payment.resource },
        "accepted": requirements.clone(),
        "payload": signed(payment),
    });
    (payload, requirements)
}

fn v1(payment: &Payment) -> (Value, Value) {
    let requirements = json!({
        "scheme": SCHEME,
        "network": payment.network.v1_name(),
        "maxAmountRequired": payment.value.to_string(),
        "resource": payment.resource,
        "description": "",
        "mimeType": "application/json",
        "payTo": payment.pay_to.to_string(),
        "maxTimeoutSeconds": payment.max_timeout_s,
        "asset": payment.asset.address.to_string(),
        "extra": extra(&payment.asset),
    });
    let payload = json!({
        "x402Version": 1,
        "scheme": SCHEME,
        "network": payment.network.v1_name(),
        "payload": signed(payment),
    });
    (payload, requirements)
}

fn signed(payment: &Payment) -> Value {
    json!({
        "signature": payment.signature.to_string(),
        "authorization": {
            "from": payment.payer.to_string(),
            "to": payment.pay_to.to_string(),
            "value": payment.value.to_string(),
            "validAfter": payment.valid_after.to_string(),
            "validBefore": payment.valid_before.to_string(),
            "nonce": payment.nonce.to_string(),
        },
    })
}
