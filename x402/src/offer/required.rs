//! The 402 of version 2, which travels in a header.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Requirements, Resource};

/// The longest header value that is sent: some buyers' HTTP clients refuse a line above 8 KiB.
pub const REQUIRED_BYTES_MAX: usize = 7_680;

/// What the header `PAYMENT-REQUIRED` holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRequired {
    x402_version: u8,
    /// Why there is no answer yet.
    pub error: String,
    /// What is sold.
    pub resource: Resource,
    /// The ways to pay.
    pub accepts: Vec<Requirements>,
    /// What extensions say, by name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extensions: Map<String, Value>,
}

impl PaymentRequired {
    pub(super) fn new(
        error: &str,
        resource: Resource,
        accepts: Vec<Requirements>,
        extensions: Map<String, Value>,
    ) -> Self {
        Self { x402_version: 2, error: error.to_owned(), resource, accepts, extensions }
    }

    /// The header's value. Extensions are left out, the longest first, where it would be longer than buyers can read.
    #[must_use]
    pub fn header_value(&self) -> String {
        let mut shown = self.clone();
        loop {
            let value = STANDARD.encode(serde_json::to_vec(&shown).expect("text and integers are JSON"));
            let longest = shown.extensions.iter().max_by_key(|(_, extension)| extension.to_string().len());
            match longest.map(|(name, _)| name.clone()) {
                Some(name) if value.len() > REQUIRED_BYTES_MAX => shown.extensions.remove(&name),
                Some(_) | None => return value,
            };
        }
    }
}
