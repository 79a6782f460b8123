//! What a 402 says: the price, what was missing, how to pay, and that nothing of a request is kept. One answer for
//! people, for holders of keys, and for x402 buyers of both versions.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use aipaygen_events::MicroUsd;
use serde_json::{Value, json};

use super::quote::Quote;
use super::{Missing, Offer, Settlement};
use crate::ingress::Ingress;

/// A demand for payment.
pub(crate) struct Demand {
    pub(crate) missing: Missing,
    price: MicroUsd,
    endpoint: String,
    resource: String,
    takes: Takes,
    quote: Option<Arc<Quote>>,
    /// What became of the payment that was shown, if one was.
    settlement: Option<Settlement>,
    key_url: Option<String>,
    security: Arc<Value>,
}

/// What pays here besides x402.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// API keys and vouchers.
    Everything,
    /// Nothing: it is what keys are filled with.
    PaymentsOnly,
}

impl Demand {
    /// The demand for a call of a tool.
    pub(super) fn new(ingress: &Ingress, offer: &Offer, missing: Missing) -> Self {
        Self {
            missing,
            price: offer.price,
            endpoint: offer.endpoint.clone(),
            resource: format!("{}{}", ingress.public_url, offer.path),
            takes: Takes::Everything,
            quote: offer.quote.clone(),
            settlement: None,
            key_url: ingress.settings.key_url.clone(),
            security: ingress.security.clone(),
        }
    }

    /// The same for another price than the usual one.
    pub(super) fn at(self, price: MicroUsd) -> Self {
        let quote = self.quote.map(|quote| if price == self.price { quote } else { Arc::new(quote.at(price)) });
        Self { price, quote, ..self }
    }

    /// The demand for something that is paid by x402 only.
    pub(super) fn payments_only(
        ingress: &Ingress,
        endpoint: &str,
        price: MicroUsd,
        quote: Arc<Quote>,
        missing: Missing,
    ) -> Self {
        Self {
            missing,
            price,
            endpoint: endpoint.to_owned(),
            resource: quote.offer().resource.url.clone(),
            takes: Takes::PaymentsOnly,
            quote: Some(quote),
            settlement: None,
            key_url: ingress.settings.key_url.clone(),
            security: ingress.security.clone(),
        }
    }

    /// The same, with what became of the payment that was shown.
    pub(super) fn after(self, settlement: Option<Settlement>) -> Self {
        Self { settlement, ..self }
    }

    /// The price, what was missing, and what would do, in sentences.
    pub(crate) fn sentence(&self) -> String {
        let Self { endpoint, price, .. } = self;
        format!("{endpoint} costs {price} USD. {} {}", self.missing, self.remedy())
    }

    fn remedy(&self) -> &'static str {
        match (self.takes, &self.quote) {
            (Takes::Everything, Some(_)) => {
                "Pay with x402 (PAYMENT-SIGNATURE or X-PAYMENT), an API key with a balance, or a refund voucher."
            }
            (Takes::Everything, None) => {
                "Present an API key with a balance, or a refund voucher. x402 payments are not taken here."
            }
            (Takes::PaymentsOnly, _) => "Pay with x402 (PAYMENT-SIGNATURE or X-PAYMENT).",
        }
    }

    /// The members of the body. Buyers of version 1 read `x402Version`, `error` and `accepts`, which is empty where
    /// x402 is not taken.
    pub(crate) fn members(&self) -> Value {
        let mut members = json!({
            "x402Version": 1,
            "error": self.sentence(),
            "accepts": self.quote.as_ref().map_or_else(|| json!([]), |quote| quote.accepts_v1()),
            "resource": { "url": self.resource, "description": self.endpoint, "mimeType": "application/json" },
            "price_usd": self.price.to_string(),
            "price_micro_usd": self.price,
            "how_to_pay": self.how_to_pay(),
            "security": *self.security,
        });
        self.missing.put_members(&mut members);
        members
    }

    fn how_to_pay(&self) -> Value {
        let mut how = json!({ "prices": "/pricing", "get_a_key_or_top_up": self.key_url });
        if self.takes == Takes::Everything {
            how["authorization"] = "Authorization: Bearer apk_…".into();
            how["or"] = "X-API-Key: apk_…".into();
            how["balance"] = "/auth/balance".into();
            how["voucher"] = "X-Refund-Credit: rc_…".into();
        }
        if self.quote.is_some() {
            how["x402"] =
                "PAYMENT-SIGNATURE (version 2, see the header PAYMENT-REQUIRED) or X-PAYMENT (version 1)".into();
            how["get_a_key_by_x402"] = "/credits/topup".into();
        }
        how
    }

    /// The headers of the answer.
    pub(crate) fn set_headers(&self, headers: &mut HeaderMap) {
        let price = HeaderValue::try_from(self.price.to_string()).expect("digits and a point");
        headers.insert(HeaderName::from_static("x-price-usdc"), price);
        headers.insert(HeaderName::from_static("x-payment-required"), HeaderValue::from_static("true"));
        let links = "</pricing>; rel=\"payment\", </.well-known/x402>; rel=\"describedby\", \
                     </.well-known/agent.json>; rel=\"service-desc\"";
        headers.insert(header::LINK, HeaderValue::from_static(links));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(quote) = &self.quote {
            quote.set_headers(&self.missing, headers);
        }
        if let Some(settlement) = &self.settlement {
            settlement.set_header(headers);
        }
    }
}
