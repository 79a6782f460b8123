//! Text that strangers send: it never panics, and is never taken for a payment.

use aipaygen_x402::{Envelope, HEADER_BYTES_MAX, Network, Refused, verify};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Buyer, NOW, header, offer};

#[test]
fn only_padded_standard_base64_of_an_object_is_an_envelope() {
    for (text, refused) in [
        (String::new(), Refused::NotJson),
        ("apk_notapayment".to_owned(), Refused::NotBase64),
        (STANDARD.encode("hello"), Refused::NotJson),
        (STANDARD.encode("[]"), Refused::NotJson),
        (STANDARD.encode("{}"), Refused::Version),
        (STANDARD_NO_PAD.encode(r#"{"x402Version":2}"#), Refused::NotBase64),
        (URL_SAFE.encode(r#"{"x402Version":2,"a":"???>>>"}"#), Refused::NotBase64),
        (STANDARD.encode("[".repeat(5_000)), Refused::NotJson),
        (STANDARD.encode(format!(r#"{{"a":{}"#, "[".repeat(5_000))), Refused::NotJson),
    ] {
        assert_eq!(Envelope::parse(&text), Err(refused), "{text}");
    }
}

#[test]
fn a_header_has_a_greatest_size() {
    let offer = offer(Network::Base);
    let mut paid = Buyer::of(&offer).v2(&offer);
    let padded = |paid: &mut Value, len: usize| {
        paid["pad"] = json!("x".repeat(len));
        header(paid)
    };
    let bare = padded(&mut paid, 0).len();
    let room = (HEADER_BYTES_MAX - bare) / 4 * 3;
    assert!(verify(&offer, &Envelope::parse(&padded(&mut paid, room)).unwrap(), NOW).is_ok());
    assert_eq!(Envelope::parse(&padded(&mut paid, room + 4)), Err(Refused::TooLarge));
}

#[test]
fn an_id_of_the_buyers_own_is_read_and_bounded() {
    let envelope = |id: Value| {
        let members = json!({ "x402Version": 2, "extensions": { "payment-identifier": { "info": { "id": id } } } });
        Envelope::parse(&header(&members)).unwrap()
    };
    assert_eq!(envelope(json!("pay_0123456789ab")).payment_identifier(), Ok(Some("pay_0123456789ab")));
    assert_eq!(envelope(json!(null)).payment_identifier(), Ok(None));
    for id in [json!("short"), json!("x".repeat(129)), json!("pay_0123456789ab\n"), json!(7)] {
        assert!(matches!(envelope(id).payment_identifier(), Err(Refused::Malformed { .. })));
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "(0x)?[0-9a-fA-F]{0,132}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-zA-Z]{1,8}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The places of an envelope whose every change must be noticed: what is signed, and who has signed.
const SIGNED: [&str; 7] = ["signature", "from", "to", "value", "validAfter", "validBefore", "nonce"];

proptest! {
    #[test]
    fn no_text_is_a_payment(text in ".{0,400}") {
        prop_assert!(!pays(&text));
    }

    #[test]
    fn no_bytes_in_base64_are_a_payment(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(!pays(&STANDARD.encode(bytes)));
    }

    #[test]
    fn no_json_is_a_payment(mut value in json()) {
        if let Some(members) = value.as_object_mut() {
            members.insert("x402Version".to_owned(), json!(1));
        }
        prop_assert!(!pays(&header(&value)));
    }

    #[test]
    fn another_value_in_a_signed_place_is_no_payment(place in 0..SIGNED.len(), value in json()) {
        let offer = offer(Network::Base);
        let mut paid = Buyer::of(&offer).v1(&offer);
        let payload = &mut paid["payload"];
        let field = if place == 0 { &mut payload["signature"] } else { &mut payload["authorization"][SIGNED[place]] };
        prop_assume!(*field != value);
        *field = value;
        prop_assert!(!pays(&header(&paid)));
    }

    #[test]
    fn one_flipped_bit_is_no_payment(place in 0..65_usize, bit in 0..8_u8) {
        let offer = offer(Network::Base);
        let buyer = Buyer::of(&offer);
        let mut signature = buyer.sign(&offer.terms);
        signature[place] ^= 1 << bit;
        let mut paid = buyer.v1(&offer);
        paid["payload"]["signature"] = json!(alloy_primitives::hex::encode(signature));
        prop_assert!(!pays(&header(&paid)));
    }
}

fn pays(text: &str) -> bool {
    let offer = offer(Network::Base);
    Envelope::parse(text).and_then(|envelope| verify(&offer, &envelope, NOW)).is_ok()
}
