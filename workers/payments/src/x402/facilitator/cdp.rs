//! How Coinbase's facilitator knows us: a JWT for each path, good for two minutes.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::Signer;
use reqwest::Url;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use secrecy::ExposeSecret;
use serde_json::json;
use zeroize::Zeroizing;

use super::super::SettlementsError;
use super::super::secrets::CdpKey;

const LIFE_S: u64 = 120;

/// Signs tokens.
pub(super) struct Cdp {
    id: String,
    key: Key,
}

enum Key {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    Ec(Box<EcdsaKeyPair>),
}

impl Cdp {
    pub(super) fn try_new(key: CdpKey) -> Result<Self, SettlementsError> {
        let secret = key.secret.expose_secret().trim();
        let parsed = if secret.starts_with("-----BEGIN") { ec(secret) } else { ed25519(secret) };
        let key_or = parsed.ok_or(SettlementsError::Key { setting: "cdp_key_secret" })?;
        Ok(Self { id: key.id, key: key_or })
    }

    /// A token for one method and path, from now.
    pub(super) fn token(&self, method: &str, url: &Url) -> Option<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).ok()?;
        self.sign(method, url, now, &nonce)
    }

    fn sign(&self, method: &str, url: &Url, now: u64, nonce: &[u8; 16]) -> Option<String> {
        let algorithm = match &self.key {
            Key::Ed25519(_) => "EdDSA",
            Key::Ec(_) => "ES256",
        };
        let nonce: String = nonce.iter().map(|byte| format!("{byte:02x}")).collect();
        let header = json!({ "alg": algorithm, "kid": self.id, "typ": "JWT", "nonce": nonce });
        let place = format!("{method} {}{}", url.host_str().unwrap_or_default(), url.path());
        let claims = json!({
            "sub": self.id,
            "iss": "cdp",
            "uris": [place],
            "nbf": now,
            "iat": now,
            "exp": now + LIFE_S,
        });
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = match &self.key {
            Key::Ed25519(key) => encode(key.sign(signed.as_bytes()).to_bytes()),
            Key::Ec(key) => encode(key.sign(&SystemRandom::new(), signed.as_bytes()).ok()?),
        };
        Some(format!("{signed}.{signature}"))
    }
}

/// 32 bytes of seed, after which Coinbase writes the public key.
fn ed25519(text: &str) -> Option<Key> {
    let bytes = Zeroizing::new(STANDARD.decode(text).ok()?);
    let seed: Zeroizing<[u8; 32]> = match bytes.len() {
        32 | 64 => Zeroizing::new(bytes[..32].try_into().ok()?),
        _ => return None,
    };
    let key = ed25519_dalek::SigningKey::from_bytes(&seed);
    let agrees = bytes.len() == 32 || bytes[32..] == key.verifying_key().to_bytes();
    agrees.then(|| Key::Ed25519(Box::new(key)))
}

/// How SEC 1 writes a key of P-256 that names its curve: what comes before the secret, and between it and the point.
const SEC1: ([u8; 7], [u8; 17]) = (
    [0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20],
    [0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00],
);

/// PEM in either of its two forms; a setting that came through an environment may spell its line ends.
fn ec(text: &str) -> Option<Key> {
    let text = Zeroizing::new(text.replace("\\n", "\n"));
    let body: Zeroizing<String> = Zeroizing::new(text.lines().filter(|line| !line.starts_with("-----")).collect());
    let der = Zeroizing::new(STANDARD.decode(body.as_bytes()).ok()?);
    let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let key = match der.strip_prefix(&SEC1.0).and_then(|rest| rest.split_at_checked(32)) {
        Some((secret, rest)) => {
            let point = rest.strip_prefix(&SEC1.1)?;
            EcdsaKeyPair::from_private_key_and_public_key(algorithm, secret, point, &random)
        }
        None => EcdsaKeyPair::from_pkcs8(algorithm, &der, &random),
    };
    Some(Key::Ec(Box::new(key.ok()?)))
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use ed25519_dalek::Verifier;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, KeyPair, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    /// Made by `openssl ecparam -name prime256v1 -genkey -noout` for this test, and used nowhere else.
    const EC: &str = include_str!("cdp/test-key.pem");
    /// The same key as `openssl pkcs8 -topk8 -nocrypt` writes it.
    const EC_PKCS8: &str = include_str!("cdp/test-key-pkcs8.pem");

    fn cdp(secret: &str) -> Result<Cdp, SettlementsError> {
        Cdp::try_new(CdpKey { id: "organizations/1/apiKeys/2".to_owned(), secret: secret.into() })
    }

    fn parts(token: &str) -> (Value, Value, String, Vec<u8>) {
        let parts: Vec<_> = token.split('.').collect();
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let json = |part: &str| serde_json::from_slice(&decode(part)).unwrap();
        (json(parts[0]), json(parts[1]), format!("{}.{}", parts[0], parts[1]), decode(parts[2]))
    }

    fn url() -> Url {
        "https://api.cdp.coinbase.com/platform/v2/x402/settle".parse().unwrap()
    }

    #[test]
    fn a_token_is_for_one_path_and_two_minutes() {
        let token = cdp(&STANDARD.encode([7; 32])).unwrap().sign("POST", &url(), 1_000, &[0xab; 16]).unwrap();
        let (header, claims, signed, signature) = parts(&token);
        assert_eq!(header["alg"], "EdDSA");
        assert_eq!(header["kid"], "organizations/1/apiKeys/2");
        assert_eq!(header["nonce"], "ab".repeat(16));
        assert_eq!(claims["uris"], json!(["POST api.cdp.coinbase.com/platform/v2/x402/settle"]));
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!("cdp"), &header["kid"]));
        assert_eq!((&claims["nbf"], &claims["exp"]), (&json!(1_000), &json!(1_120)));
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
        let signature = ed25519_dalek::Signature::from_slice(&signature).unwrap();
        key.verify(signed.as_bytes(), &signature).unwrap();
    }

    #[test]
    fn an_ec_key_signs_es256() {
        let cdp = cdp(EC).unwrap();
        let (header, _, signed, signature) = parts(&cdp.token("GET", &url()).unwrap());
        assert_eq!(header["alg"], "ES256");
        let Key::Ec(key) = cdp.key else { panic!("an EC key") };
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key());
        public.verify(signed.as_bytes(), &signature).unwrap();
        assert!(super::ec(&EC.replace('\n', "\\n")).is_some() && super::ec(EC_PKCS8).is_some());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let mut half_wrong = [7; 64];
        half_wrong[40] = 0;
        let pem = "-----BEGIN EC PRIVATE KEY-----";
        for secret in ["", "secret", &STANDARD.encode([7; 31]), &STANDARD.encode(half_wrong), pem, &EC[..120]] {
            assert!(cdp(secret).is_err(), "{secret}");
        }
    }
}
