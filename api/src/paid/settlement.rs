//! What a buyer is told of its payment in the header of its version: settled, failed, or not known yet.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use aipaygen_bus::commands::Settled;
use aipaygen_events::Hash;
use aipaygen_x402::{Payment, SettleResponse};

/// The reason of a payment whose outcome is not known, in the words of the protocol.
const PENDING: &str = "settlement_pending";

/// `PAYMENT-RESPONSE` or `X-PAYMENT-RESPONSE`.
#[derive(Clone, Debug)]
pub(crate) struct Settlement(Box<(HeaderName, HeaderValue)>);

impl Settlement {
    /// The money has moved.
    pub(super) fn settled(payment: &Payment, settled: &Settled) -> Self {
        Self::new(payment, &SettleResponse::settled(payment, &settled.transaction.to_string()))
    }

    /// It has not, and will not.
    pub(super) fn failed(payment: &Payment, reason: &str) -> Self {
        Self::new(payment, &SettleResponse::failed(payment, reason, None))
    }

    /// Nobody knows yet.
    pub(super) fn pending(payment: &Payment, transaction: Option<Hash>) -> Self {
        let transaction = transaction.map(|hash| hash.to_string());
        Self::new(payment, &SettleResponse::failed(payment, PENDING, transaction.as_deref()))
    }

    fn new(payment: &Payment, response: &SettleResponse) -> Self {
        let name = HeaderName::try_from(SettleResponse::header_name(payment.version)).expect("a header's name");
        let value = HeaderValue::try_from(response.header_value()).expect("base64 is visible ASCII");
        Self(Box::new((name, value)))
    }

    /// Says it.
    pub(crate) fn set_header(&self, headers: &mut HeaderMap) {
        let (name, value) = self.0.as_ref().clone();
        headers.insert(name, value);
    }
}
