//! What a 402 says: the price, what was missing, how to pay, and that nothing of a request is kept.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use aipaygen_events::MicroUsd;
use serde_json::{Value, json};

use super::Offer;
use crate::ingress::Ingress;
use crate::problem::Missing;

/// A demand for payment.
pub(crate) struct Demand {
    pub(crate) missing: Missing,
    price: MicroUsd,
    endpoint: String,
    resource: String,
    key_url: Option<String>,
    security: Arc<Value>,
}

impl Demand {
    pub(super) fn new(ingress: &Ingress, offer: &Offer, missing: Missing) -> Self {
        Self {
            missing,
            price: offer.price,
            endpoint: offer.endpoint.clone(),
            resource: format!("{}{}", ingress.public_url, offer.path),
            key_url: ingress.settings.key_url.clone(),
            security: ingress.security.clone(),
        }
    }

    /// The same for another price than the usual one.
    pub(super) fn at(self, price: MicroUsd) -> Self {
        Self { price, ..self }
    }

    /// What is missing, in a sentence or two.
    pub(crate) fn sentence(&self) -> String {
        let Self { endpoint, price, .. } = self;
        match self.missing {
            Missing::Payment => format!("{endpoint} costs {price} USD. Present an API key with a balance."),
            Missing::X402NotAccepted => {
                format!("{endpoint} costs {price} USD. x402 payments are not accepted here: present an API key.")
            }
            Missing::VoucherNotAccepted => {
                format!("{endpoint} costs {price} USD. Refund vouchers are not accepted here: present an API key.")
            }
            Missing::Funds { available } => {
                format!("{endpoint} costs {price} USD, and {available} USD is available.")
            }
            Missing::Hold { available, hold, output_tokens } => {
                let hint = match output_tokens {
                    Some(tokens) => format!("max_tokens of at most {tokens} would fit."),
                    None => "No max_tokens would fit.".to_owned(),
                };
                format!(
                    "Metered, {hold} USD is held: the most that what you sent and max_tokens can cost; what is not \
                     used is given back. {available} USD is available. {hint}"
                )
            }
        }
    }

    /// The members of the body. `accepts` lists what x402 clients can pay with: nothing yet, keys only.
    pub(crate) fn members(&self) -> Value {
        let mut members = json!({
            "x402Version": 2,
            "error": self.sentence(),
            "accepts": [],
            "resource": { "url": self.resource, "description": self.endpoint, "mimeType": "application/json" },
            "price_usd": self.price.to_string(),
            "price_micro_usd": self.price,
            "how_to_pay": {
                "authorization": "Authorization: Bearer apk_…",
                "or": "X-API-Key: apk_…",
                "get_a_key_or_top_up": self.key_url,
                "balance": "/auth/balance",
                "prices": "/pricing",
            },
            "security": *self.security,
        });
        if let Missing::Hold { hold, output_tokens, .. } = self.missing {
            members["hold_usd"] = hold.to_string().into();
            members["hold_micro_usd"] = hold.micro_usd().into();
            members["max_tokens_affordable"] = output_tokens.into();
        }
        if let Missing::Funds { available } | Missing::Hold { available, .. } = self.missing {
            members["available_usd"] = available.to_string().into();
            members["available_micro_usd"] = available.micro_usd().into();
        }
        members
    }

    /// The headers of the answer.
    pub(crate) fn set_headers(&self, headers: &mut HeaderMap) {
        let price = HeaderValue::try_from(self.price.to_string()).expect("digits and a point");
        headers.insert(HeaderName::from_static("x-price-usdc"), price);
        headers.insert(HeaderName::from_static("x-payment-required"), HeaderValue::from_static("true"));
        let links = "</pricing>; rel=\"payment\", </.well-known/agent.json>; rel=\"service-desc\"";
        headers.insert(header::LINK, HeaderValue::from_static(links));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
