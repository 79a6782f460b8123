//! Reads a payment receipt as a stranger would: the compact JWS and the published keys, nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::Value;

/// The claims of a receipt that one of the keys of this JWK set has signed; `None` if none has.
pub(crate) fn verified(receipt: &str, keys: &Value) -> Option<Value> {
    let (signed, signature) = receipt.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Value = serde_json::from_slice(&decoded(header)?).ok()?;
    assert_eq!(header["alg"], "EdDSA");
    let key = keys["keys"].as_array()?.iter().find(|key| key["kid"] == header["kid"])?;
    assert_eq!((&key["kty"], &key["crv"]), (&"OKP".into(), &"Ed25519".into()));
    let public: [u8; 32] = decoded(key["x"].as_str()?)?.try_into().ok()?;
    let signature = Signature::from_slice(&decoded(signature)?).ok()?;
    let key = VerifyingKey::from_bytes(&public).ok()?;
    key.verify_strict(signed.as_bytes(), &signature).ok()?;
    serde_json::from_slice(&decoded(claims)?).ok()
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
