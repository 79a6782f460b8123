//! What a receipt claims; `receipts.rs` proves that it is signed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The claims of a receipt.
pub(crate) fn claims(receipt: &str) -> Value {
    let claims = receipt.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}
