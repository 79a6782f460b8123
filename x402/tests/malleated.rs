//! Other spellings of a payment are the same payment, and other forms of its signature are none.

use aipaygen_x402::{Envelope, Network, PaymentId, Refused};
use alloy_primitives::{U256, hex, uint};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Buyer, NOW, offer, shown, with};

/// The order of secp256k1.
const ORDER: U256 = uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);

#[test]
fn every_spelling_is_the_same_payment() {
    let offer = offer(Network::Base);
    let buyer = Buyer::of(&offer);
    let (v1, v2) = (buyer.v1(&offer), buyer.v2(&offer));
    let id = shown(&offer, &v2).unwrap().id();
    let spellings = [respelled(&v2, str::to_lowercase), respelled(&v2, upper), respelled(&v1, bare), v1];
    for spelling in spellings {
        assert_eq!(shown(&offer, &spelling).map(|payment| payment.id()), Ok(id), "{spelling}");
    }
}

#[test]
fn neither_order_nor_white_space_nor_strangers_members_make_another_payment() {
    let offer = offer(Network::Base);
    let mut paid = Buyer::of(&offer).v1(&offer);
    let payment = shown(&offer, &paid).unwrap();
    paid["theirs"] = json!({ "nonce": "another" });
    let (payload, spaced) = (&paid["payload"], serde_json::to_string_pretty(&paid).unwrap());
    let reordered = format!(r#"{{"payload":{payload},"scheme":"exact","network":"eip155:8453","x402Version":1}}"#);
    for json in [spaced, reordered] {
        let envelope = Envelope::parse(&STANDARD.encode(json)).unwrap();
        assert_eq!(aipaygen_x402::verify(&offer, &envelope, NOW).as_ref(), Ok(&payment));
    }
}

#[test]
fn a_nonce_signed_anew_is_the_same_payment() {
    let offer = offer(Network::Base);
    let mut buyer = Buyer::of(&offer);
    let first = shown(&offer, &buyer.v2(&offer)).unwrap();
    buyer.authorization.valid_before += 1;
    let second = shown(&offer, &buyer.v2(&offer)).unwrap();
    assert_ne!(first.signature, second.signature);
    assert_eq!(first.id(), second.id());
}

#[test]
fn the_identity_is_chain_asset_payer_and_nonce() {
    let offer = offer(Network::Base);
    let id = shown(&offer, &Buyer::of(&offer).v2(&offer)).unwrap().id();
    let parts: Vec<_> = id.to_string().split('-').map(str::to_owned).collect();
    assert_eq!((parts[0].as_str(), parts[1..].concat()), ("8453", hex::encode(&id.to_bytes()[8..])));
    assert_eq!(id.to_bytes()[..8], 8453_u64.to_be_bytes());
    assert_eq!(id.to_bytes().len(), PaymentId::LEN);
    for other in [
        PaymentId { chain_id: 84532, ..id },
        PaymentId { asset: id.payer, ..id },
        PaymentId { nonce: [0; 32].into(), ..id },
    ] {
        assert_ne!(other.to_bytes(), id.to_bytes());
    }
}

#[test]
fn the_four_recovery_ids_are_two() {
    let offer = offer(Network::Base);
    let buyer = Buyer::of(&offer);
    let paid = buyer.v2(&offer);
    let signature = buyer.sign(&offer.terms);
    let with_v = |v: u8| {
        let mut changed = signature.clone();
        changed[64] = v;
        with(&offer, &paid, "/payload/signature", hex::encode_prefixed(changed))
    };
    let v = signature[64];
    assert_eq!(with_v(v - 27).unwrap(), with_v(v).unwrap());
    assert_eq!(with_v(55 - v), Err(Refused::Signature));
    for v in (2..=26).chain(29..=255) {
        assert_eq!(with_v(v), Err(Refused::RecoveryId), "{v}");
    }
}

#[test]
fn the_high_twin_of_a_signature_is_refused() {
    let offer = offer(Network::Base);
    let buyer = Buyer::of(&offer);
    let mut twin = buyer.sign(&offer.terms);
    let s = U256::from_be_slice(&twin[32..64]);
    twin[32..64].copy_from_slice(&(ORDER - s).to_be_bytes::<32>());
    twin[64] = 55 - twin[64];
    let refused = with(&offer, &buyer.v2(&offer), "/payload/signature", hex::encode_prefixed(twin));
    assert_eq!(refused, Err(Refused::HighS));
}

#[test]
fn shortened_and_empty_signatures_are_refused() {
    let offer = offer(Network::Base);
    let buyer = Buyer::of(&offer);
    let signature = buyer.sign(&offer.terms);
    let zeros = vec![0; 65];
    for (bytes, refused) in [
        (&signature[..64], Refused::Malformed { field: "payload.signature" }),
        (&[], Refused::Malformed { field: "payload.signature" }),
        (&zeros, Refused::Signature),
    ] {
        let shown = with(&offer, &buyer.v2(&offer), "/payload/signature", hex::encode_prefixed(bytes));
        assert_eq!(shown, Err(refused));
    }
}

/// All hex of an envelope in another spelling.
fn respelled(envelope: &Value, spell: impl Fn(&str) -> String + Copy) -> Value {
    match envelope {
        Value::String(text) if text.starts_with("0x") => Value::String(spell(text)),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), respelled(value, spell))).collect()
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => envelope.clone(),
    }
}

fn upper(hex: &str) -> String {
    format!("0x{}", hex[2..].to_uppercase())
}

fn bare(hex: &str) -> String {
    hex[2..].to_owned()
}
