//! The chains that we are paid on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A chain that we are paid on. In JSON its CAIP-2 name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// Base: real money.
    Base,
    /// Base Sepolia: its test network.
    BaseSepolia,
}

/// Text that names no chain that we are paid on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a network is eip155:8453 (Base) or eip155:84532 (Base Sepolia)")]
pub struct UnknownNetwork;

impl Network {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Base, Self::BaseSepolia];

    /// The number by which the chain tells itself from others, in signatures too.
    #[must_use]
    pub const fn chain_id(self) -> u64 {
        match self {
            Self::Base => 8453,
            Self::BaseSepolia => 84532,
        }
    }

    /// The name in version 2: CAIP-2.
    #[must_use]
    pub const fn caip2(self) -> &'static str {
        match self {
            Self::Base => "eip155:8453",
            Self::BaseSepolia => "eip155:84532",
        }
    }

    /// The name in version 1.
    #[must_use]
    pub const fn v1_name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::BaseSepolia => "base-sepolia",
        }
    }

    /// The network of this name, in either version.
    #[must_use]
    pub fn of_either_version(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|network| name == network.caip2() || name == network.v1_name())
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.caip2())
    }
}

impl FromStr for Network {
    type Err = UnknownNetwork;

    fn from_str(text: &str) -> Result<Self, UnknownNetwork> {
        Self::ALL.into_iter().find(|network| text == network.caip2()).ok_or(UnknownNetwork)
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.caip2())
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
