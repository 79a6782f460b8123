//! What makes two payments the same, however they are written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Address, Hash, IdError};

/// The identity of an x402 payment: what the token's contract obeys once. Bytes, never the text of a header.
///
/// As text the number of the chain, the asset, the payer and the nonce, with hyphens between.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaymentId {
    /// The number by which the chain tells itself from others.
    pub chain: u64,
    /// The token.
    pub asset: Address,
    /// Who pays.
    pub payer: Address,
    /// What makes it obeyed once.
    pub nonce: Hash,
}

impl PaymentId {
    /// The CAIP-2 name of the chain.
    #[must_use]
    pub fn network(&self) -> String {
        format!("eip155:{}", self.chain)
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chain, asset, payer, nonce } = self;
        write!(f, "{chain}-{}-{}-{}", asset.digits(), payer.digits(), nonce.digits())
    }
}

impl fmt::Debug for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PaymentId {
    type Err = IdError;

    /// Only the one spelling that `Display` writes.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let malformed = IdError { kind: "payment" };
        let mut parts = text.split('-');
        let mut part = || parts.next().ok_or(malformed);
        let chain = part()?.parse().map_err(|_| malformed)?;
        let asset = Address::from_digits(part()?).map_err(|_| malformed)?;
        let payer = Address::from_digits(part()?).map_err(|_| malformed)?;
        let nonce = Hash::from_digits(part()?).map_err(|_| malformed)?;
        let id = Self { chain, asset, payer, nonce };
        if id.to_string() == text { Ok(id) } else { Err(malformed) }
    }
}

impl Serialize for PaymentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PaymentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
