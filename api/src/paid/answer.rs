//! The answer to a paid request: the worker's bytes untouched, and what was paid for them.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ContentType, HeaderValue};
use aipaygen_events::{MicroUsd, RequestId};
use bytes::Bytes;

use super::Settlement;
use super::run::Outcome;
use super::terms::Meter;
use crate::observe;
use crate::problem::{Kind, Problem};

/// What a paid request is answered with.
pub(super) struct Paid {
    pub(super) body: Bytes,
    pub(super) proof: Proof,
    /// What it cost, unless it was paid before.
    pub(super) price: Option<MicroUsd>,
    /// What was used of which model, if one answered.
    pub(super) meter: Option<Meter>,
    pub(super) replayed: bool,
}

/// What shows that a request was paid.
#[derive(Default)]
pub(super) struct Proof {
    pub(super) receipt: Option<HeaderValue>,
    /// For who paid by x402.
    pub(super) settlement: Option<Settlement>,
    /// For who paid with a voucher: what is left on it.
    pub(super) remainder: Option<MicroUsd>,
}

/// The right to have the work of a paid request done once more.
pub(super) struct Replay {
    of: RequestId,
    proof: Proof,
}

impl Paid {
    /// As HTTP.
    pub(super) fn into_response(self) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header(ContentType::json());
        if let Some(price) = self.price {
            response.insert_header(("x-price-usdc", price.to_string()));
        }
        if let Some(Meter { model, tokens, rate }) = self.meter {
            response.insert_header(("x-model", model));
            response.insert_header(("x-tokens", format!("input={}, output={}", tokens.input, tokens.output)));
            // Micro-USD for a million tokens.
            response.insert_header(("x-rate", format!("input={}, output={}", rate.input, rate.output)));
        }
        // What was paid for is for who paid.
        response.insert_header((CACHE_CONTROL, "private, no-store"));
        if let Some(receipt) = self.proof.receipt {
            response.insert_header(("x-payment-receipt", receipt));
        }
        if let Some(remainder) = self.proof.remainder {
            response.insert_header(("x-refund-credit-remaining", remainder.to_string()));
        }
        if self.replayed {
            response.insert_header(("idempotent-replayed", "true"));
        }
        let mut response = response.body(self.body);
        if let Some(settlement) = &self.proof.settlement {
            settlement.set_header(response.headers_mut());
        }
        response
    }
}

impl Replay {
    pub(super) fn new(of: RequestId, receipt: String, settlement: Option<Settlement>) -> Result<Self, Problem> {
        let receipt = HeaderValue::try_from(receipt).map_err(|_| Kind::Internal)?;
        Ok(Self { of, proof: Proof { receipt: Some(receipt), settlement, remainder: None } })
    }

    /// The request that was paid.
    pub(super) const fn of(&self) -> RequestId {
        self.of
    }

    /// What the buyer was told of its payment.
    pub(super) fn settlement(&self) -> Option<Settlement> {
        self.proof.settlement.clone()
    }

    /// The answer under the receipt of the request that was paid. A failure costs nothing: nothing was charged.
    pub(super) fn answer(self, outcome: Outcome) -> Result<Paid, Problem> {
        match outcome {
            Outcome::Answered { body, .. } => {
                Ok(Paid { body, proof: self.proof, price: None, meter: None, replayed: true })
            }
            Outcome::Rejected(kind) => Err(kind.into()),
            Outcome::Failed { kind, reason } => {
                observe::failed_after_charge(self.of, reason.as_str());
                Err(kind.into())
            }
        }
    }
}
