//! The answer to a paid request: the worker's bytes untouched, and what was paid for them.

use actix_web::HttpResponse;
use actix_web::http::header::{ContentType, HeaderValue};
use aipaygen_events::{MicroUsd, RequestId};
use bytes::Bytes;

use super::run::Outcome;
use super::terms::Meter;
use crate::observe;
use crate::problem::{Kind, Problem};

/// What a paid request is answered with.
pub(super) struct Paid {
    pub(super) body: Bytes,
    pub(super) receipt: Option<HeaderValue>,
    /// What it cost, unless it was paid before.
    pub(super) price: Option<MicroUsd>,
    /// What was used of which model, if one answered.
    pub(super) meter: Option<Meter>,
    pub(super) replayed: bool,
}

/// The right to have the work of a paid request done once more.
pub(super) struct Replay {
    of: RequestId,
    receipt: HeaderValue,
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
        if let Some(receipt) = self.receipt {
            response.insert_header(("x-payment-receipt", receipt));
        }
        if self.replayed {
            response.insert_header(("idempotent-replayed", "true"));
        }
        response.body(self.body)
    }
}

impl Replay {
    pub(super) fn new(of: RequestId, receipt: String) -> Result<Self, Problem> {
        Ok(Self { of, receipt: HeaderValue::try_from(receipt).map_err(|_| Kind::Internal)? })
    }

    /// The request that was paid.
    pub(super) const fn of(&self) -> RequestId {
        self.of
    }

    /// The answer under the receipt of the request that was paid. A failure costs nothing: nothing was charged.
    pub(super) fn answer(self, outcome: Outcome) -> Result<Paid, Problem> {
        match outcome {
            Outcome::Answered { body, .. } => {
                Ok(Paid { body, receipt: Some(self.receipt), price: None, meter: None, replayed: true })
            }
            Outcome::Rejected(kind) => Err(kind.into()),
            Outcome::Failed { kind, reason } => {
                observe::failed_after_charge(self.of, reason.as_str());
                Err(kind.into())
            }
        }
    }
}
