//! Bytes of a chain, written as it writes them: `0x` and lower-case hex digits, one spelling only.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::IdError;

/// So many bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hex<const N: usize>(pub [u8; N]);

/// The address of a wallet or of a contract.
pub type Address = Hex<20>;

/// A nonce, or the hash of a transaction.
pub type Hash = Hex<32>;

/// Any number of bytes, such as a signature.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HexBytes(pub Vec<u8>);

const ERROR: IdError = IdError { kind: "hex" };

impl<const N: usize> Hex<N> {
    /// The digits without `0x`.
    #[must_use]
    pub fn digits(&self) -> String {
        digits(&self.0)
    }

    /// Reads digits without `0x`.
    pub(crate) fn from_digits(text: &str) -> Result<Self, IdError> {
        bytes(text)?.try_into().map(Self).map_err(|_| ERROR)
    }
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(digits: &str) -> Result<Vec<u8>, IdError> {
    let is_hex = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    if !is_hex || !digits.len().is_multiple_of(2) {
        return Err(ERROR);
    }
    let pairs = (0..digits.len()).step_by(2).map(|at| &digits[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).map_err(|_| ERROR)).collect()
}

fn after_0x(text: &str) -> Result<&str, IdError> {
    text.strip_prefix("0x").ok_or(ERROR)
}

impl<const N: usize> FromStr for Hex<N> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::from_digits(after_0x(text)?)
    }
}

impl FromStr for HexBytes {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        bytes(after_0x(text)?).map(Self)
    }
}

macro_rules! as_text {
    ([$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "0x{}", digits(&self.0))
            }
        }

        impl<$($generics)*> fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl<$($generics)*> Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de, $($generics)*> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!([const N: usize] Hex<N>);
as_text!([] HexBytes);

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn there_is_one_spelling() {
        assert_eq!("0x00ff".parse::<Hex<2>>().unwrap().to_string(), "0x00ff");
        assert_eq!("0x".parse::<HexBytes>().unwrap(), HexBytes(vec![]));
        for text in ["00ff", "0x00FF", "0x0ff", "0x00ff00", "0x", "0xg0ff", "0xé0"] {
            assert!(text.parse::<Hex<2>>().is_err(), "{text}");
        }
    }
}
