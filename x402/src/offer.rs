//! What we demand, and the 402 that says so: the header of version 2, and the members of a body of version 1.

mod required;

use std::sync::Arc;

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::asset::Asset;
use crate::network::Network;
pub use required::{PaymentRequired, REQUIRED_BYTES_MAX};

/// The one scheme that we take: the price exactly.
pub const SCHEME: &str = "exact";

/// The terms of every offer of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The chain to pay on.
    pub network: Network,
    /// The token to pay in.
    pub asset: Asset,
    /// Who is paid.
    pub pay_to: Address,
    /// How long a buyer is told that it takes at most until we have settled.
    pub max_timeout_s: u64,
    /// A payment must stay valid for longer than this, which settling it may take.
    pub valid_for_s_min: u64,
    /// A payment must not stay valid for longer than this: until then an unknown outcome can stay unknown.
    pub valid_for_s_max: u64,
    /// Whether signatures of contract wallets (ERC-1271) are taken, to be asked for at the contract.
    pub contract_wallets: bool,
}

/// What is sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its public URL.
    pub url: String,
    /// What it does, in a sentence.
    pub description: String,
    /// The media type of its answer.
    pub mime_type: String,
}

/// One thing at one price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// How it is paid.
    pub terms: Arc<Terms>,
    /// What is sold.
    pub resource: Resource,
    /// The price in the token's smallest unit, millionths of a dollar.
    pub amount: u64,
}

/// An entry of `accepts` in version 2. What is not known of one that came from elsewhere is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Requirements {
    /// `exact`.
    pub scheme: String,
    /// The chain's CAIP-2 name.
    pub network: String,
    /// The token's contract.
    pub asset: String,
    /// The price in the token's smallest unit, in decimals.
    pub amount: String,
    /// Who is paid.
    pub pay_to: String,
    /// How long it takes at most until we have settled.
    pub max_timeout_seconds: u64,
    /// The token's EIP-712 name and version, and when settlement comes.
    pub extra: Map<String, Value>,
    /// Members of other names.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An entry of `accepts` in version 1. What is not known of one that came from elsewhere is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequirementsV1 {
    /// `exact`.
    pub scheme: String,
    /// The chain's plain name.
    pub network: String,
    /// The price in the token's smallest unit, in decimals.
    pub max_amount_required: String,
    /// The URL of what is sold.
    pub resource: String,
    /// What is sold, in a sentence.
    pub description: String,
    /// The media type of the answer.
    pub mime_type: String,
    /// Who is paid.
    pub pay_to: String,
    /// How long it takes at most until we have settled.
    pub max_timeout_seconds: u64,
    /// The token's contract.
    pub asset: String,
    /// The token's EIP-712 name and version, and when settlement comes.
    pub extra: Map<String, Value>,
    /// Members of other names.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Offer {
    /// The offer as an entry of `accepts` in version 2.
    #[must_use]
    pub fn requirements(&self) -> Requirements {
        Requirements {
            scheme: SCHEME.to_owned(),
            network: self.terms.network.caip2().to_owned(),
            asset: self.terms.asset.address.to_string(),
            amount: self.amount.to_string(),
            pay_to: self.terms.pay_to.to_string(),
            max_timeout_seconds: self.terms.max_timeout_s,
            extra: extra(&self.terms.asset),
            other: Map::new(),
        }
    }

    /// The offer as an entry of `accepts` in version 1.
    ///
    /// Buyers of that version parse every entry or none: a URL is one, and what would be null is left out.
    #[must_use]
    pub fn requirements_v1(&self) -> RequirementsV1 {
        RequirementsV1 {
            scheme: SCHEME.to_owned(),
            network: self.terms.network.v1_name().to_owned(),
            max_amount_required: self.amount.to_string(),
            resource: self.resource.url.clone(),
            description: self.resource.description.clone(),
            mime_type: self.resource.mime_type.clone(),
            pay_to: self.terms.pay_to.to_string(),
            max_timeout_seconds: self.terms.max_timeout_s,
            asset: self.terms.asset.address.to_string(),
            extra: extra(&self.terms.asset),
            other: Map::new(),
        }
    }

    /// The 402 of version 2 for this offer.
    #[must_use]
    pub fn required(&self, error: &str, extensions: Map<String, Value>) -> PaymentRequired {
        PaymentRequired::new(error, self.resource.clone(), vec![self.requirements()], extensions)
    }
}

/// The `extra` of an entry: what a wallet needs to sign, and that settlement comes before the work.
pub(crate) fn extra(asset: &Asset) -> Map<String, Value> {
    let members = [("name", json!(asset.name)), ("version", json!(asset.version)), ("paymentFlow", json!("upfront"))];
    members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}
