//! The keys of receipts: read from settings, published as JWKs (RFC 8037).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey, VerifyingKey};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::settings::SettingsError;

/// A public key as a key set lists it.
#[derive(Serialize)]
pub(super) struct Jwk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    kid: String,
    #[serde(rename = "use")]
    purpose: &'static str,
    alg: &'static str,
}

#[derive(Serialize)]
struct KeySet {
    keys: Vec<Jwk>,
}

/// Reads a signing key: 32 bytes in base64.
pub(super) fn signing_key(text: &SecretString) -> Result<SigningKey, SettingsError> {
    let bytes = Zeroizing::new(STANDARD.decode(text.expose_secret()).map_err(|_| SettingsError::SigningKey)?);
    let seed = <&[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| SettingsError::SigningKey)?;
    Ok(SigningKey::from_bytes(seed))
}

/// The text of a key set: the current key first.
pub(super) fn key_set(current: Jwk, previous: Vec<Jwk>) -> String {
    let keys = std::iter::once(current).chain(previous).collect();
    serde_json::to_string(&KeySet { keys }).expect("a plain struct of text")
}

impl Jwk {
    /// The public half as a JWK. Its id is its thumbprint (RFC 7638), so that no key is named by hand.
    pub(super) fn of(key: &VerifyingKey) -> Self {
        let x = URL_SAFE_NO_PAD.encode(key.as_bytes());
        let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
        let kid = URL_SAFE_NO_PAD.encode(thumbprint);
        Self { kty: "OKP", crv: "Ed25519", x, kid, purpose: "sig", alg: "EdDSA" }
    }

    /// Reads a public key as a key set writes it: the `x` of a JWK.
    pub(super) fn parse(x: &str) -> Result<Self, SettingsError> {
        let bytes = URL_SAFE_NO_PAD.decode(x).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        key.as_ref().map(Self::of).ok_or(SettingsError::PreviousKey)
    }

    pub(super) fn kid(&self) -> &str {
        &self.kid
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    /// RFC 8037, appendix A.1 to A.3.
    #[test]
    fn a_key_is_named_as_the_rfc_names_it() {
        let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let key = signing_key(&STANDARD.encode(seed).into()).unwrap();
        let jwk = Jwk::of(&key.verifying_key());
        assert_eq!(jwk.x, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(jwk.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(Jwk::parse(&jwk.x).unwrap().kid, jwk.kid);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "AAAA", "not base64!"] {
            assert!(matches!(signing_key(&text.into()), Err(SettingsError::SigningKey)), "{text}");
            assert!(matches!(Jwk::parse(text), Err(SettingsError::PreviousKey)), "{text}");
        }
    }
}
