//! What `eth-account` signed and what the official buyer answers our offers with: see `fixtures/generate.py`.

use aipaygen_x402::{Asset, Authorization, Envelope, Network, SignatureKind, Version, verify};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::support::offer;

fn fixtures() -> Value {
    serde_json::from_str(include_str!("fixtures/payments.json")).unwrap()
}

fn list(name: &str) -> Vec<Value> {
    fixtures()[name].as_array().unwrap().clone()
}

fn network(vector: &Value) -> Network {
    vector["network"].as_str().unwrap().parse().unwrap()
}

#[test]
fn digests_and_signers_are_those_of_eth_account() {
    for vector in list("authorizations") {
        let authorization = Authorization {
            from: serde_json::from_value(vector["from"].clone()).unwrap(),
            to: serde_json::from_value(vector["to"].clone()).unwrap(),
            value: vector["value"].as_u64().unwrap(),
            valid_after: vector["validAfter"].as_u64().unwrap(),
            valid_before: vector["validBefore"].as_u64().unwrap(),
            nonce: serde_json::from_value(vector["nonce"].clone()).unwrap(),
        };
        let digest = authorization.digest(&Asset::usdc(network(&vector)).domain(network(&vector)));
        assert_eq!(digest.to_string(), vector["digest"].as_str().unwrap());
        let signature: alloy_primitives::Signature = vector["signature"].as_str().unwrap().parse().unwrap();
        assert_eq!(signature.recover_address_from_prehash(&digest).unwrap(), authorization.from);
    }
}

#[test]
fn the_official_buyer_pays_in_both_versions() {
    for vector in list("headers") {
        let offer = offer(network(&vector));
        let envelope = Envelope::parse(vector["header"].as_str().unwrap()).unwrap();
        let payment = verify(&offer, &envelope, vector["signedAt"].as_u64().unwrap()).unwrap();
        assert_eq!(payment.payer.to_string(), vector["payer"].as_str().unwrap());
        assert_eq!(u64::from(u8::from(payment.version)), vector["version"].as_u64().unwrap());
        assert_eq!((payment.value, payment.signature_kind), (10_000, SignatureKind::Key));
        assert!(payment.is_signed_by_key());
    }
}

/// The buyer of the fixtures was shown the offers of `generate.py`: they are these.
#[test]
fn the_official_buyer_was_shown_our_offers() {
    for vector in list("headers") {
        let offer = offer(network(&vector));
        let shown = STANDARD.decode(vector["required"].as_str().unwrap()).unwrap();
        let shown: Value = serde_json::from_slice(&shown).unwrap();
        let accepts = &shown["accepts"][0];
        match Version::try_from(u8::try_from(vector["version"].as_u64().unwrap()).unwrap()).unwrap() {
            Version::V1 => assert_eq!(&serde_json::to_value(offer.requirements_v1()).unwrap(), accepts),
            Version::V2 => {
                let ours = offer.required("payment required", serde_json::Map::new()).header_value();
                let ours: Value = serde_json::from_slice(&STANDARD.decode(ours).unwrap()).unwrap();
                assert_eq!(ours, shown);
            }
        }
    }
}
