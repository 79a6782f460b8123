//! API keys: `apk_` + public id (16) + secret (43) + checksum (6), all base62.
//!
//! The checksum refuses a typo without a look-up. The secret has 256 bits of entropy, so what is stored is
//! a keyed hash (HMAC-SHA-256), not a slow password hash. The key exists in full only where it is made and
//! where it is shown.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{IdError, KeyId};

const PREFIX: &str = "apk_";
pub(crate) const SECRET_LEN: usize = 43;
pub(crate) const CHECKSUM_LEN: usize = 6;
/// How long the text of a key is.
pub const KEY_LEN: usize = PREFIX.len() + KeyId::LEN + SECRET_LEN + CHECKSUM_LEN;
/// How many random bytes make a key.
pub const ENTROPY_LEN: usize = 44;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An API key as its owner holds it.
#[derive(Clone)]
pub struct ApiKey {
    id: KeyId,
    text: SecretString,
}

/// Text that is no API key: not the form, or a typo by its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed API key")]
pub struct MalformedKey;

impl ApiKey {
    /// A new key of these random bytes, which the shell has drawn from the system.
    #[must_use]
    pub fn from_entropy(entropy: &[u8; ENTROPY_LEN]) -> Self {
        let (public, secret) = entropy.split_at(12);
        let body = format!("{}{}", base62(public, KeyId::LEN), base62(secret, SECRET_LEN));
        let text = format!("{PREFIX}{body}{}", checksum(&body));
        Self { id: body[..KeyId::LEN].parse().expect("base62 of the right length"), text: text.into() }
    }

    /// Reads a key. A mistyped character is found by the checksum.
    pub fn parse(text: &str) -> Result<Self, MalformedKey> {
        let body = text.strip_prefix(PREFIX).filter(|_| text.len() == KEY_LEN && text.is_ascii());
        let (body, sum) = body.ok_or(MalformedKey)?.split_at(KeyId::LEN + SECRET_LEN);
        if !body.bytes().all(|b| b.is_ascii_alphanumeric()) || checksum(body) != sum {
            return Err(MalformedKey);
        }
        let id = body[..KeyId::LEN].parse().map_err(|_: IdError| MalformedKey)?;
        Ok(Self { id, text: text.to_owned().into() })
    }

    /// The public part.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What is stored of the key: HMAC-SHA-256 of its text under the operator's pepper.
    #[must_use]
    pub fn hash(&self, pepper: &Pepper) -> KeyHash {
        KeyHash(pepper.mac(b"api-key", &[self.text.expose_secret().as_bytes()]))
    }

    /// The text, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({PREFIX}{}…)", self.id)
    }
}

/// The operator's secret under which keys and idempotency keys are hashed. Without it a stolen database
/// can be tested against nothing.
#[derive(Clone, Debug)]
pub struct Pepper(SecretString);

impl Pepper {
    /// The fewest characters that a pepper may have.
    pub const LEN_MIN: usize = 32;

    /// A pepper of this text, if it is long enough.
    #[must_use]
    pub fn parse(text: SecretString) -> Option<Self> {
        (text.expose_secret().len() >= Self::LEN_MIN).then_some(Self(text))
    }

    /// HMAC-SHA-256 over a purpose and length-prefixed parts, so that no two lists of parts look alike.
    #[must_use]
    pub fn mac(&self, purpose: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.expose_secret().as_bytes())
            .expect("HMAC takes a key of any length");
        for part in [&[purpose], parts].concat() {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The keyed hash of an API key or of a voucher's code: 64 hex digits in JSON. Compared in constant time.
#[derive(Clone, Copy)]
pub struct KeyHash(pub(crate) [u8; 32]);

impl KeyHash {
    /// Hashes of nothing, to compare with when a key is unknown, so that a miss does the work of a hit.
    pub const NONE: Self = Self([0; 32]);
}

impl PartialEq for KeyHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for KeyHash {}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

impl FromStr for KeyHash {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let malformed = IdError { kind: "key hash" };
        if text.len() != 64 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(malformed);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = str::from_utf8(pair).map_err(|_| malformed)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| malformed)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for KeyHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

pub(crate) fn checksum(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    base62(&digest[..8], CHECKSUM_LEN)
}

/// The last `len` base62 digits of big-endian bytes.
pub(crate) fn base62(bytes: &[u8], len: usize) -> String {
    let mut number = bytes.to_vec();
    let mut digits: Vec<u8> = (0..len).map(|_| ALPHABET[usize::from(divide(&mut number, 62))]).collect();
    digits.reverse();
    String::from_utf8(digits).expect("the alphabet is ASCII")
}

/// Divides a big-endian number in place and gives the remainder.
fn divide(number: &mut [u8], divisor: u16) -> u8 {
    let mut rest = 0_u16;
    for byte in number {
        let part = rest << 8 | u16::from(*byte);
        *byte = u8::try_from(part / divisor).expect("rest < divisor, so the quotient fits a byte");
        rest = part % divisor;
    }
    u8::try_from(rest).expect("a remainder of 62 fits a byte")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn key() -> ApiKey {
        ApiKey::from_entropy(&std::array::from_fn(|i| u8::try_from(i * 5).unwrap()))
    }

    #[test]
    fn a_key_reads_back_as_it_was_made() {
        let (key, pepper) = (key(), Pepper::parse("p".repeat(32).into()).unwrap());
        assert_eq!(key.expose().len(), KEY_LEN);
        let read = ApiKey::parse(key.expose()).unwrap();
        assert_eq!((read.id(), read.hash(&pepper)), (key.id(), key.hash(&pepper)));
    }

    #[test]
    fn every_single_typo_is_refused_without_a_look_up() {
        let text = key().expose().to_owned();
        for at in 0..text.len() {
            for other in "aZ09_ é".chars().filter(|c| !text[at..].starts_with(*c)) {
                let typo: String = text.char_indices().map(|(i, c)| if i == at { other } else { c }).collect();
                assert!(ApiKey::parse(&typo).is_err(), "{at}");
            }
        }
        assert!(ApiKey::parse(&text[..text.len() - 1]).is_err());
        assert!(ApiKey::parse("").is_err());
    }

    #[test]
    fn debug_shows_no_secret() {
        let key = key();
        assert!(!format!("{key:?}").contains(&key.expose()[PREFIX.len() + KeyId::LEN..][..8]));
    }
}
