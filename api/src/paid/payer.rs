//! Who pays.

use actix_web::http::header::HeaderMap;

use super::{Demand, Offer};
use crate::auth::{Caller, authenticate};
use crate::edge::Exchange;
use crate::ingress::Ingress;
use crate::problem::{Kind, Missing, Problem};

/// The owner of the key that is shown, or a 402 that says what else would do.
pub(super) async fn payer(
    ingress: &Ingress,
    headers: &HeaderMap,
    exchange: &Exchange,
    offer: &Offer,
) -> Result<Caller, Problem> {
    if let Some(caller) = authenticate(ingress, headers, exchange).await? {
        return Ok(caller);
    }
    let missing = match () {
        () if headers.contains_key("payment-signature") => Missing::X402NotAccepted,
        () if headers.contains_key("x-payment") => Missing::X402NotAccepted,
        () if headers.contains_key("x-refund-credit") => Missing::VoucherNotAccepted,
        () => Missing::Payment,
    };
    Err(Kind::Payment(Box::new(Demand::new(ingress, offer, missing))).into())
}
