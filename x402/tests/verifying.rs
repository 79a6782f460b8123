//! Every field that is off by one, and the reason that is given.

use std::sync::Arc;

use aipaygen_x402::{B256, Network, Refused, SignatureKind, Version};
use serde_json::{Value, json};

use crate::support::{Buyer, NOW, offer, shown, with};

const OTHER: &str = "0x209693Bc6afc0C5328bA36FaF03C514EF312287D";

#[test]
fn a_payment_is_what_was_offered_and_signed() {
    for network in Network::ALL {
        let offer = offer(network);
        let buyer = Buyer::of(&offer);
        for (envelope, version) in [(buyer.v2(&offer), Version::V2), (buyer.v1(&offer), Version::V1)] {
            let payment = shown(&offer, &envelope).unwrap();
            assert_eq!(payment.authorization(), buyer.authorization);
            assert_eq!((payment.network, payment.version), (network, version));
            assert_eq!((&payment.asset, &payment.resource), (&offer.terms.asset, &offer.resource.url));
            assert_eq!(payment.signature, buyer.sign(&offer.terms));
        }
    }
}

#[test]
fn the_echoed_terms_must_be_ours_by_meaning() {
    let offer = offer(Network::BaseSepolia);
    let paid = Buyer::of(&offer).v2(&offer);
    let network = Refused::Network { field: "accepted.network" };
    for (pointer, value, refused) in [
        ("/accepted/scheme", json!("upto"), Refused::Scheme { field: "accepted.scheme" }),
        ("/accepted/network", json!("eip155:8453"), network),
        ("/accepted/network", json!("eip155:084532"), network),
        ("/accepted/asset", json!(OTHER), Refused::Asset),
        ("/accepted/payTo", json!(OTHER), Refused::AcceptedPayTo),
        ("/accepted/amount", json!("9999"), Refused::AcceptedAmount),
        ("/accepted/amount", json!("10001"), Refused::AcceptedAmount),
        ("/accepted/amount", json!("100000000000000000000000000000"), Refused::AcceptedAmount),
        ("/resource/url", json!("https://example.com/pong"), Refused::Resource),
        ("/accepted/amount", json!(10_000), Refused::Malformed { field: "accepted.amount" }),
        ("/accepted/asset", json!("0x"), Refused::Malformed { field: "accepted.asset" }),
        ("/accepted", json!(null), Refused::Missing { field: "accepted.scheme" }),
        ("/x402Version", json!(3), Refused::Version),
        ("/x402Version", json!("2"), Refused::Version),
    ] {
        assert_eq!(with(&offer, &paid, pointer, value), Err(refused), "{pointer}");
    }
    for (pointer, value) in [
        ("/accepted/extra", json!({ "name": "Anything", "theirs": 1 })),
        ("/accepted/asset", json!("036CBD53842C5426634E7929541EC2318F3DCF7E")),
        ("/accepted/maxTimeoutSeconds", json!(60)),
        ("/resource", json!(null)),
    ] {
        assert!(with(&offer, &paid, pointer, value).is_ok(), "{pointer}");
    }
}

#[test]
fn an_authorization_must_be_over_the_price_to_us() {
    let offer = offer(Network::Base);
    let changed = |change: fn(&mut Buyer)| {
        let mut buyer = Buyer::of(&offer);
        change(&mut buyer);
        shown(&offer, &buyer.v1(&offer))
    };
    assert_eq!(changed(|buyer| buyer.authorization.value += 1), Err(Refused::Value));
    assert_eq!(changed(|buyer| buyer.authorization.value -= 1), Err(Refused::Value));
    assert_eq!(changed(|buyer| buyer.authorization.value = 0), Err(Refused::Value));
    assert_eq!(changed(|buyer| buyer.authorization.to = OTHER.parse().unwrap()), Err(Refused::Recipient));
    assert_eq!(changed(|buyer| buyer.authorization.from = buyer.authorization.to), Err(Refused::SelfPayment));
    assert_eq!(changed(|buyer| buyer.authorization.from = OTHER.parse().unwrap()), Err(Refused::Signature));
    assert!(changed(|buyer| buyer.authorization.nonce = B256::ZERO).is_ok());
}

#[test]
fn the_window_is_open_now_and_long_enough_and_not_absurd() {
    let offer = offer(Network::Base);
    let within = |valid_after: u64, valid_before: u64| {
        let mut buyer = Buyer::of(&offer);
        (buyer.authorization.valid_after, buyer.authorization.valid_before) = (valid_after, valid_before);
        shown(&offer, &buyer.v1(&offer)).map(|_| ())
    };
    assert_eq!(within(NOW - 1, NOW + 16), Ok(()));
    assert_eq!(within(NOW, NOW + 16), Err(Refused::Early));
    assert_eq!(within(u64::MAX, NOW + 16), Err(Refused::Early));
    assert_eq!(within(0, NOW + 15), Err(Refused::Expired));
    assert_eq!(within(0, NOW), Err(Refused::Expired));
    assert_eq!(within(0, 0), Err(Refused::Expired));
    assert_eq!(within(0, NOW + 3_600), Ok(()));
    assert_eq!(within(0, NOW + 3_601), Err(Refused::TooLong));
    assert_eq!(within(0, u64::MAX), Err(Refused::TooLong));
}

#[test]
fn a_signature_is_over_this_chain_this_token_and_these_terms() {
    let offer = offer(Network::Base);
    let buyer = Buyer::of(&offer);
    let mut elsewhere = (*offer.terms).clone();
    elsewhere.network = Network::BaseSepolia;
    let foreign = [&elsewhere, &{
        let mut token = elsewhere.clone();
        token.network = Network::Base;
        token.asset.version = "1".into();
        token
    }]
    .map(|terms| buyer.payload(terms)["signature"].clone());
    for signature in foreign {
        let refused = with(&offer, &buyer.v1(&offer), "/payload/signature", signature);
        assert_eq!(refused, Err(Refused::Signature));
    }
    for (field, value) in [
        ("nonce", format!("0x{}", "ac".repeat(32))),
        ("validBefore", (NOW + 121).to_string()),
        ("validAfter", "1".to_owned()),
    ] {
        let refused = with(&offer, &buyer.v1(&offer), &format!("/payload/authorization/{field}"), value);
        assert_eq!(refused, Err(Refused::Signature), "{field}");
    }
}

#[test]
fn what_is_missing_or_malformed_is_named() {
    let offer = offer(Network::Base);
    let paid = Buyer::of(&offer).v1(&offer);
    for (pointer, field) in [
        ("/payload/signature", "payload.signature"),
        ("/payload/authorization/from", "payload.authorization.from"),
        ("/payload/authorization/to", "payload.authorization.to"),
        ("/payload/authorization/value", "payload.authorization.value"),
        ("/payload/authorization/validAfter", "payload.authorization.validAfter"),
        ("/payload/authorization/validBefore", "payload.authorization.validBefore"),
        ("/payload/authorization/nonce", "payload.authorization.nonce"),
        ("/scheme", "scheme"),
        ("/network", "network"),
    ] {
        let mut without = paid.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        assert_eq!(shown(&offer, &without), Err(Refused::Missing { field }));
        let malformed = with(&offer, &paid, pointer, Value::Bool(true));
        assert_eq!(malformed.as_ref().map_err(Refused::field), Err(field));
        assert_eq!(malformed, Err(Refused::Malformed { field }));
    }
    for wrong in ["", "-1", "+1", "1.0", "0x10", "1e4", " 10000", "١"] {
        let refused = with(&offer, &paid, "/payload/authorization/value", wrong);
        assert_eq!(refused, Err(Refused::Malformed { field: "payload.authorization.value" }), "{wrong}");
    }
}

#[test]
fn a_contract_wallet_is_left_to_its_contract_only_where_those_are_taken() {
    let mut offer = offer(Network::Base);
    let mut paid = Buyer::of(&offer).v2(&offer);
    paid["payload"]["signature"] = json!(format!("0x{}", "5a".repeat(130)));
    assert_eq!(shown(&offer, &paid), Err(Refused::Malformed { field: "payload.signature" }));

    Arc::make_mut(&mut offer.terms).contract_wallets = true;
    let payment = shown(&offer, &paid).unwrap();
    assert_eq!((payment.signature_kind, payment.signature.len()), (SignatureKind::Contract, 130));
    assert!(!payment.is_signed_by_key());
    assert_eq!(shown(&offer, &Buyer::of(&offer).v2(&offer)).unwrap().signature_kind, SignatureKind::Key);
}

#[test]
fn a_wallet_that_is_not_deployed_is_refused_even_so() {
    let mut offer = offer(Network::Base);
    Arc::make_mut(&mut offer.terms).contract_wallets = true;
    let mut paid = Buyer::of(&offer).v2(&offer);
    paid["payload"]["signature"] = json!(format!("0x{}{}", "5a".repeat(130), "6492".repeat(16)));
    assert_eq!(shown(&offer, &paid), Err(Refused::Undeployed));
}

#[test]
fn a_payment_survives_the_bus_and_a_forged_one_does_not_prove_itself() {
    let offer = offer(Network::Base);
    let payment = shown(&offer, &Buyer::of(&offer).v2(&offer)).unwrap();
    let sent = serde_json::to_value(&payment).unwrap();
    let mut received: aipaygen_x402::Payment = serde_json::from_value(sent).unwrap();
    assert_eq!(received, payment);
    assert!(received.is_signed_by_key());
    received.value += 1;
    assert!(!received.is_signed_by_key());
}
