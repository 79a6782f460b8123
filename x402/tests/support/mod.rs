//! An offer, a buyer who pays it, and envelopes to take apart.

use std::sync::Arc;

use aipaygen_x402::{
    Address, Asset, Authorization, B256, Envelope, Network, Offer, Payment, Refused, Resource, Terms,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};

/// When the buyer signs, and we look.
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) fn offer(network: Network) -> Offer {
    let terms = Terms {
        network,
        asset: Asset::usdc(network),
        pay_to: "0x209693Bc6afc0C5328bA36FaF03C514EF312287C".parse().unwrap(),
        max_timeout_s: 120,
        valid_for_s_min: 15,
        valid_for_s_max: 3_600,
        contract_wallets: false,
    };
    let (url, description, mime_type) = ("https://example.com/ping", "Answers.", "application/json");
    let resource = Resource { url: url.into(), description: description.into(), mime_type: mime_type.into() };
    Offer { terms: Arc::new(terms), resource, amount: 10_000 }
}

/// A key and what it authorizes, before it is signed.
pub(crate) struct Buyer {
    key: SigningKey,
    pub(crate) authorization: Authorization,
}

impl Buyer {
    /// One who pays this offer as it should be.
    pub(crate) fn of(offer: &Offer) -> Self {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let authorization = Authorization {
            from: Address::from_private_key(&key),
            to: offer.terms.pay_to,
            value: offer.amount,
            valid_after: 0,
            valid_before: NOW + 120,
            nonce: B256::repeat_byte(0xab),
        };
        Self { key, authorization }
    }

    /// The signature: r, s, and 27 or 28.
    pub(crate) fn sign(&self, terms: &Terms) -> Vec<u8> {
        let digest = self.authorization.digest(&terms.asset.domain(terms.network));
        let (signature, recovery) = self.key.sign_prehash_recoverable(digest.as_slice()).unwrap();
        [&signature.to_bytes()[..], &[27 + recovery.to_byte()]].concat()
    }

    /// The inner payload of both versions.
    pub(crate) fn payload(&self, terms: &Terms) -> Value {
        let Authorization { from, to, value, valid_after, valid_before, nonce } = self.authorization;
        json!({
            "signature": format!("0x{}", alloy_primitives::hex::encode(self.sign(terms))),
            "authorization": {
                "from": from.to_string(),
                "to": to.to_string(),
                "value": value.to_string(),
                "validAfter": valid_after.to_string(),
                "validBefore": valid_before.to_string(),
                "nonce": nonce.to_string(),
            },
        })
    }

    pub(crate) fn v2(&self, offer: &Offer) -> Value {
        json!({
            "x402Version": 2,
            "resource": offer.resource,
            "accepted": offer.requirements(),
            "payload": self.payload(&offer.terms),
        })
    }

    pub(crate) fn v1(&self, offer: &Offer) -> Value {
        json!({
            "x402Version": 1,
            "scheme": "exact",
            "network": offer.terms.network.v1_name(),
            "payload": self.payload(&offer.terms),
        })
    }
}

pub(crate) fn header(envelope: &Value) -> String {
    STANDARD.encode(envelope.to_string())
}

/// What the offer says to an envelope.
pub(crate) fn shown(offer: &Offer, envelope: &Value) -> Result<Payment, Refused> {
    aipaygen_x402::verify(offer, &Envelope::parse(&header(envelope))?, NOW)
}

/// What the offer says to an envelope in which one value is another.
pub(crate) fn with(
    offer: &Offer,
    envelope: &Value,
    pointer: &str,
    value: impl Into<Value>,
) -> Result<Payment, Refused> {
    let mut changed = envelope.clone();
    *changed.pointer_mut(pointer).unwrap() = value.into();
    shown(offer, &changed)
}
