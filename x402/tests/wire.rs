//! What we put on the wire, and that nothing gets lost from what comes over it.

use aipaygen_x402::{
    Discovery, Network, PaymentRequired, REQUIRED_BYTES_MAX, Requirements, SettleRequest, SettleResponse, Version,
    payment_identifier,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::support::{Buyer, offer, shown};

fn decoded(header: &str) -> Value {
    serde_json::from_slice(&STANDARD.decode(header).unwrap()).unwrap()
}

#[test]
fn a_402_declares_how_to_call_and_how_to_name_a_payment() {
    let (body, schema, answer) = (json!({ "text": "hello" }), json!({ "type": "object" }), json!({ "ok": true }));
    let mut extensions = Map::new();
    Discovery { method: "POST", body: &body, body_schema: &schema, answer: Some(&answer) }.declare(&mut extensions);
    payment_identifier(&mut extensions);
    let required = decoded(&offer(Network::Base).required("payment required", extensions).header_value());
    let bazaar = &required["extensions"]["bazaar"];
    assert_eq!(bazaar["info"]["input"]["body"], body);
    assert_eq!(bazaar["schema"]["properties"]["input"]["properties"]["body"], schema);
    assert_eq!(bazaar["info"]["output"]["example"], answer);
    assert_eq!(required["extensions"]["payment-identifier"]["info"], json!({ "required": false }));
    assert_eq!(serde_json::from_value::<PaymentRequired>(required.clone()).unwrap().extensions.len(), 2);
}

#[test]
fn a_402_stays_short_enough_for_every_buyer() {
    let (body, schema) = (json!({}), json!({ "description": "x".repeat(REQUIRED_BYTES_MAX) }));
    let mut extensions = Map::new();
    Discovery { method: "POST", body: &body, body_schema: &schema, answer: None }.declare(&mut extensions);
    payment_identifier(&mut extensions);
    let header = offer(Network::Base).required("payment required", extensions).header_value();
    assert!(header.len() <= REQUIRED_BYTES_MAX);
    let kept: Vec<_> = decoded(&header)["extensions"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(kept, ["payment-identifier"]);
}

#[test]
fn unknown_members_are_kept() {
    let mut requirements = serde_json::to_value(offer(Network::Base).requirements()).unwrap();
    requirements["extra"]["theirs"] = json!([1, { "deep": null }]);
    requirements["new"] = json!("member");
    let read: Requirements = serde_json::from_value(requirements.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), requirements);
}

#[test]
fn a_pending_failure_keeps_its_transaction() {
    let told = json!({
        "success": false,
        "errorReason": "settlement_pending",
        "transaction": "0xabc",
        "network": "eip155:8453",
        "payer": "0x1",
        "errorMessage": "not yet",
    });
    let read: SettleResponse = serde_json::from_value(told.clone()).unwrap();
    assert_eq!((read.success, read.transaction.as_str()), (false, "0xabc"));
    assert_eq!(serde_json::to_value(read).unwrap(), told);
}

#[test]
fn a_receipt_speaks_the_version_of_the_payment() {
    let offer = offer(Network::BaseSepolia);
    let buyer = Buyer::of(&offer);
    let v1 = shown(&offer, &buyer.v1(&offer)).unwrap();
    let v2 = shown(&offer, &buyer.v2(&offer)).unwrap();
    let settled = decoded(&SettleResponse::settled(&v2, "0xabc").header_value());
    let expected = json!({
        "success": true,
        "transaction": "0xabc",
        "network": "eip155:84532",
        "payer": v2.payer.to_string(),
        "amount": "10000",
    });
    assert_eq!(settled, expected);
    let failed = decoded(&SettleResponse::failed(&v1, "insufficient_funds", None).header_value());
    let expected = json!({
        "success": false,
        "errorReason": "insufficient_funds",
        "transaction": "",
        "network": "base-sepolia",
        "payer": v1.payer.to_string(),
    });
    assert_eq!(failed, expected);
    assert_eq!(SettleResponse::header_name(v1.version), "X-PAYMENT-RESPONSE");
    assert_eq!(SettleResponse::header_name(v2.version), "PAYMENT-RESPONSE");
}

#[test]
fn a_facilitator_is_asked_in_either_version_about_the_same_payment() {
    let offer = offer(Network::Base);
    let buyer = Buyer::of(&offer);
    let payment = shown(&offer, &buyer.v1(&offer)).unwrap();
    let v2 = serde_json::to_value(SettleRequest::new(&payment, Version::V2)).unwrap();
    assert_eq!(v2["x402Version"], 2);
    assert_eq!(v2["paymentRequirements"], serde_json::to_value(offer.requirements()).unwrap());
    let mut payload = buyer.v2(&offer);
    payload["resource"] = json!({ "url": offer.resource.url });
    assert_eq!(v2["paymentPayload"], payload);
    let v1 = serde_json::to_value(SettleRequest::new(&payment, Version::V1)).unwrap();
    let mut requirements = serde_json::to_value(offer.requirements_v1()).unwrap();
    requirements["description"] = json!("");
    assert_eq!(v1["paymentRequirements"], requirements);
    assert_eq!(v1["paymentPayload"], buyer.v1(&offer));
}
