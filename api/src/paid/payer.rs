//! Who pays: what the headers show, verified as far as that can be done here, or a 402 that says what would do.

use actix_web::http::header::HeaderMap;

use super::compose::Plan;
use super::tender::{self, Pays, Tender};
use super::third_party::Errand;
use super::{Demand, Missing, Offer};
use crate::auth::{authenticate, failed};
use crate::edge::Exchange;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

/// What pays for a call of this offer.
pub(super) async fn payer(
    ingress: &Ingress,
    headers: &HeaderMap,
    exchange: &Exchange,
    offer: &Offer,
) -> Result<Tender, Problem> {
    let caller = authenticate(ingress, headers, exchange).await?;
    let chosen = chosen(ingress, headers, offer)?;
    match (chosen, caller) {
        (Some(Ok(tender)), _) => Ok(tender),
        (Some(Err(missing)), _) => {
            failed(ingress, exchange)?;
            Err(demanded(ingress, offer, missing))
        }
        (None, Some(caller)) => Ok(Tender::Key(caller)),
        (None, None) => Err(demanded(ingress, offer, Missing::Payment)),
    }
}

/// The payment or the voucher that was chosen for this request, if any was.
fn chosen(ingress: &Ingress, headers: &HeaderMap, offer: &Offer) -> Result<Option<Result<Tender, Missing>>, Kind> {
    let payment = tender::payment_header(headers).transpose();
    let voucher = tender::voucher(headers)?;
    match (payment, voucher) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => {
            Err(Kind::InvalidHeader { name: "X-Refund-Credit", rule: "not together with a payment" })
        }
        (Some(header), None) => {
            let pays = if Errand::decides_the_price(offer) || Plan::decides_the_price(offer) {
                Pays::WhatItSays
            } else {
                Pays::ThePrice
            };
            let quote = offer.quote.as_ref().ok_or(Missing::X402NotTaken);
            let shown = quote.and_then(|quote| tender::read_payment(header?, quote.offer(), pays));
            Ok(Some(shown.map(|shown| Tender::Payment(Box::new(shown)))))
        }
        (None, Some(code)) => {
            Ok(Some(code.map(|code| Tender::Voucher { credit: code.credit(), hash: code.hash(&ingress.pepper) })))
        }
    }
}

fn demanded(ingress: &Ingress, offer: &Offer, missing: Missing) -> Problem {
    Kind::Payment(Box::new(Demand::new(ingress, offer, missing))).into()
}
