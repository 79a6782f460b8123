//! Codes of vouchers: `rc_` + the credit (32 hex digits) + secret (43) + checksum (6), the latter two base62.

use std::fmt;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::CreditId;
use crate::api_key::{CHECKSUM_LEN, KeyHash, Pepper, SECRET_LEN, base62, checksum};

const PREFIX: &str = "rc_";
const CREDIT_LEN: usize = 32;
const LEN: usize = PREFIX.len() + CREDIT_LEN + SECRET_LEN + CHECKSUM_LEN;
/// How many random bytes make a code.
pub const VOUCHER_ENTROPY_LEN: usize = 32;

/// The code of a voucher as its bearer holds it. Serialised in full: for the bus and for its bearer alone.
#[derive(Clone)]
pub struct VoucherCode {
    credit: CreditId,
    text: SecretString,
}

/// Text that is no code of a voucher: not the form, or a typo by its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed refund voucher")]
pub struct MalformedCode;

impl VoucherCode {
    /// A new code of this credit, of random bytes that the shell has drawn from the system.
    #[must_use]
    pub fn from_entropy(credit: CreditId, entropy: &[u8; VOUCHER_ENTROPY_LEN]) -> Self {
        let body = format!("{}{}", credit.uuid().simple(), base62(entropy, SECRET_LEN));
        let text = format!("{PREFIX}{body}{}", checksum(&body));
        Self { credit, text: text.into() }
    }

    /// The credit that it spends.
    #[must_use]
    pub const fn credit(&self) -> CreditId {
        self.credit
    }

    /// What is stored of it: HMAC-SHA-256 of its text under the operator's pepper.
    #[must_use]
    pub fn hash(&self, pepper: &Pepper) -> KeyHash {
        KeyHash(pepper.mac(b"voucher", &[self.text.expose_secret().as_bytes()]))
    }

    /// The text, to be shown to its bearer.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

impl FromStr for VoucherCode {
    type Err = MalformedCode;

    /// Reads a code. A mistyped character is found by the checksum.
    fn from_str(text: &str) -> Result<Self, MalformedCode> {
        let body = text.strip_prefix(PREFIX).filter(|_| text.len() == LEN && text.is_ascii());
        let (body, sum) = body.ok_or(MalformedCode)?.split_at(CREDIT_LEN + SECRET_LEN);
        let (credit, secret) = body.split_at(CREDIT_LEN);
        let is_hex = credit.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hex || !secret.bytes().all(|b| b.is_ascii_alphanumeric()) || checksum(body) != sum {
            return Err(MalformedCode);
        }
        let credit = Uuid::try_parse(credit).map_err(|_| MalformedCode)?;
        Ok(Self { credit: CreditId::from_uuid(credit), text: text.to_owned().into() })
    }
}

impl PartialEq for VoucherCode {
    fn eq(&self, other: &Self) -> bool {
        use subtle::ConstantTimeEq;
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for VoucherCode {}

impl fmt::Debug for VoucherCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VoucherCode({}…)", self.credit)
    }
}

impl Serialize for VoucherCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for VoucherCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn code() -> VoucherCode {
        VoucherCode::from_entropy(CreditId::from_uuid(Uuid::from_u128(7)), &[9; VOUCHER_ENTROPY_LEN])
    }

    #[test]
    fn a_code_names_its_credit_and_reads_back() {
        let read: VoucherCode = code().expose().parse().unwrap();
        assert_eq!((read.credit(), &read), (CreditId::from_uuid(Uuid::from_u128(7)), &code()));
        let pepper = Pepper::parse("p".repeat(32).into()).unwrap();
        assert_eq!(read.hash(&pepper), code().hash(&pepper));
    }

    #[test]
    fn every_single_typo_is_refused_without_a_look_up() {
        let text = code().expose().to_owned();
        for at in 0..text.len() {
            for other in "aZ09_ é".chars().filter(|c| !text[at..].starts_with(*c)) {
                let typo: String = text.char_indices().map(|(i, c)| if i == at { other } else { c }).collect();
                assert!(typo.parse::<VoucherCode>().is_err(), "{at}");
            }
        }
        assert!(text[..text.len() - 1].parse::<VoucherCode>().is_err());
        assert!("".parse::<VoucherCode>().is_err());
    }

    #[test]
    fn debug_shows_no_secret() {
        assert!(!format!("{:?}", code()).contains(&code().expose()[PREFIX.len() + CREDIT_LEN..][..8]));
    }
}
