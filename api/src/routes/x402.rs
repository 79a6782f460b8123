//! `/.well-known/x402`: what can be bought with a wallet, and on which terms.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::resource::public_json;
use crate::ingress::Ingress;
use crate::paid::Offer;
use crate::problem::{Kind, Problem};

/// `GET /.well-known/x402`
pub(super) async fn well_known(ingress: web::Data<Ingress>) -> Result<HttpResponse, Problem> {
    let payment = payment(&ingress).ok_or(Kind::NotFound)?;
    let offers = Offer::all(&ingress);
    let urls: Vec<_> = offers.iter().map(|offer| format!("{}{}", ingress.public_url, offer.path)).collect();
    let items: Vec<_> = offers.iter().zip(&urls).map(|(offer, url)| item(offer, url)).collect();
    Ok(public_json(&json!({
        "version": 1,
        "x402Versions": [1, 2],
        "resources": urls,
        "items": items,
        "payment": payment,
        "topup": { "resource": format!("{}/credits/topup", ingress.public_url), "method": "POST" },
        "instructions": "POST to a resource without a payment: its 402 says how to call and how to pay it.",
    })))
}

fn item(offer: &Offer, url: &str) -> Value {
    json!({
        "resource": url,
        "method": "POST",
        "tool": offer.tool,
        "price_usd": offer.price.to_string(),
        "accepts": offer.accepts(),
    })
}

/// The terms of x402 as every document tells them; none where it is not taken.
pub(super) fn payment(ingress: &Ingress) -> Option<Value> {
    let x402 = ingress.x402.as_ref()?;
    let terms = &x402.terms;
    Some(json!({
        "scheme": "exact",
        "network": terms.network.caip2(),
        "asset": terms.asset.address.to_string(),
        "pay_to": terms.pay_to.to_string(),
        "facilitator_url": x402.facilitator_url,
        "headers": ["PAYMENT-SIGNATURE", "X-PAYMENT"],
        "resources": "/.well-known/x402",
    }))
}

/// What pays for a call.
pub(super) fn tenders(ingress: &Ingress) -> Value {
    if ingress.x402.is_some() { json!(["x402", "prepaid", "voucher"]) } else { json!(["prepaid", "voucher"]) }
}
