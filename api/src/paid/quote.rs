//! An offer as x402 tells it: for buyers of both versions, and for those who read headers only.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use aipaygen_catalog::Tool;
use aipaygen_events::MicroUsd;
use aipaygen_x402::{Discovery, Offer, Resource, payment_identifier};
use serde_json::{Map, Value, json};

use super::Missing;
use crate::x402::X402;

/// A price that a wallet can pay.
pub(crate) struct Quote {
    offer: Offer,
    extensions: Map<String, Value>,
    facilitator: Option<HeaderValue>,
    /// The header of a 402 for a caller who has shown no payment, made once: it is asked for most.
    first: HeaderValue,
}

impl Quote {
    /// The quote for this resource of ours; of a tool with how it is called.
    pub(super) fn new(
        x402: &X402,
        url: String,
        description: String,
        price: MicroUsd,
        discovery: Option<&Discovery<'_>>,
    ) -> Self {
        let resource = Resource { url, description, mime_type: "application/json".to_owned() };
        let offer = Offer { terms: x402.terms.clone(), resource, amount: price.micro_usd() };
        let mut extensions = Map::new();
        if let Some(discovery) = discovery {
            discovery.declare(&mut extensions);
        }
        payment_identifier(&mut extensions);
        let facilitator = x402.facilitator_url.as_ref().and_then(|url| HeaderValue::try_from(url).ok());
        let first = required(&offer, &Missing::Payment, &extensions);
        Self { offer, extensions, facilitator, first }
    }

    /// The same for another price.
    pub(super) fn at(&self, price: MicroUsd) -> Self {
        let offer = Offer { amount: price.micro_usd(), ..self.offer.clone() };
        let (extensions, facilitator) = (self.extensions.clone(), self.facilitator.clone());
        let first = required(&offer, &Missing::Payment, &extensions);
        Self { offer, extensions, facilitator, first }
    }

    /// What a payment is verified against.
    pub(super) fn offer(&self) -> &Offer {
        &self.offer
    }

    /// The entries of `accepts` in a body, which buyers of version 1 read.
    pub(super) fn accepts_v1(&self) -> Value {
        json!([self.offer.requirements_v1()])
    }

    /// The entries of `accepts` as version 2 has them.
    pub(crate) fn accepts(&self) -> Value {
        json!([self.offer.requirements()])
    }

    /// The headers of a 402: all of version 2, and what older buyers read.
    pub(super) fn set_headers(&self, missing: &Missing, headers: &mut HeaderMap) {
        let is_first = *missing == Missing::Payment;
        let required = if is_first { self.first.clone() } else { required(&self.offer, missing, &self.extensions) };
        headers.insert(HeaderName::from_static("payment-required"), required);
        let terms = &self.offer.terms;
        let pay_to = HeaderValue::try_from(terms.pay_to.to_string()).expect("hex");
        headers.insert(HeaderName::from_static("x-pay-to"), pay_to);
        headers.insert(HeaderName::from_static("x-network"), HeaderValue::from_static(terms.network.caip2()));
        if let Some(facilitator) = &self.facilitator {
            headers.insert(HeaderName::from_static("x-facilitator-url"), facilitator.clone());
        }
    }
}

/// How a tool is called, for catalogues of facilitators.
pub(super) fn discovery(tool: &Tool) -> Discovery<'_> {
    Discovery {
        method: "POST",
        body: &tool.example.input,
        body_schema: &tool.input_schema,
        answer: Some(&tool.example.output),
    }
}

fn required(offer: &Offer, missing: &Missing, extensions: &Map<String, Value>) -> HeaderValue {
    let required = offer.required(&missing.to_string(), extensions.clone());
    HeaderValue::try_from(required.header_value()).expect("base64 is visible ASCII")
}
