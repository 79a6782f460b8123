//! The envelope that a payment header holds: base64 of JSON, in version 1 or 2, kept as it came.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::refused::Refused;

/// The longest text of a payment header that is looked at.
pub const HEADER_BYTES_MAX: usize = 16_384;
/// The bounds of the id of the `payment-identifier` extension.
const IDENTIFIER_LEN: std::ops::RangeInclusive<usize> = 16..=128;

/// A version of the protocol. In JSON its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Version {
    /// `X-PAYMENT`.
    V1,
    /// `PAYMENT-SIGNATURE`.
    V2,
}

/// A payment as a buyer sent it: well-formed, and nothing more is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    version: Version,
    members: Map<String, Value>,
}

impl Envelope {
    /// Reads the text of `PAYMENT-SIGNATURE` or `X-PAYMENT`.
    ///
    /// The version is the one that the envelope itself tells: header names are a habit of buyers, not a proof.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        if text.len() > HEADER_BYTES_MAX {
            return Err(Refused::TooLarge);
        }
        let json = STANDARD.decode(text.trim_ascii()).map_err(|_| Refused::NotBase64)?;
        let members: Map<String, Value> = serde_json::from_slice(&json).map_err(|_| Refused::NotJson)?;
        let number = members.get("x402Version").and_then(Value::as_u64).and_then(|number| u8::try_from(number).ok());
        let version = number.and_then(|number| Version::try_from(number).ok()).ok_or(Refused::Version)?;
        Ok(Self { version, members })
    }

    /// The version in which the buyer speaks, and is answered.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Everything that came, known or not.
    #[must_use]
    pub const fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// The id that the buyer gave through the `payment-identifier` extension.
    pub fn payment_identifier(&self) -> Result<Option<&str>, Refused> {
        const FIELD: &str = "extensions.payment-identifier.info.id";
        let id = self.value(FIELD).filter(|id| !id.is_null());
        let allowed = |id: &&str| {
            IDENTIFIER_LEN.contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        id.map(|id| id.as_str().filter(allowed).ok_or(Refused::Malformed { field: FIELD })).transpose()
    }

    /// The text at a dotted path.
    pub(crate) fn text(&self, field: &'static str) -> Result<&str, Refused> {
        let value = self.value(field).ok_or(Refused::Missing { field })?;
        value.as_str().ok_or(Refused::Malformed { field })
    }

    /// The value at a dotted path.
    pub(crate) fn value(&self, field: &str) -> Option<&Value> {
        let mut names = field.split('.');
        let first = self.members.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    }
}

impl TryFrom<u8> for Version {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        match number {
            1 => Ok(Self::V1),
            2 => Ok(Self::V2),
            0 | 3.. => Err("x402 has the versions 1 and 2"),
        }
    }
}

impl From<Version> for u8 {
    fn from(version: Version) -> Self {
        match version {
            Version::V1 => 1,
            Version::V2 => 2,
        }
    }
}
