//! What is worth sealing: a credential for one API, the place and the secrets of one webhook.

use serde::{Deserialize, Serialize};

use crate::Hidden;

/// A secret for a fetch worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// For a call of a third party's API.
    Credential(Credential),
    /// For a delivery to a caller's webhook.
    Target(Target),
}

/// What authenticates us to an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// The only origin that it may be sent to, such as `https://api.example.com`.
    pub origin: String,
    /// Where in the request it stands.
    pub place: Place,
    /// The secret itself; of [`Place::Basic`] the user and the password with a colon between.
    pub value: Hidden,
}

/// Where in a request a credential stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In a header of this name.
    Header(String),
    /// In a parameter of the query of this name.
    Query(String),
    /// `Authorization: Bearer …`
    Bearer,
    /// `Authorization: Basic …`
    Basic,
}

/// Where a webhook is, and what its deliveries are signed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The URL.
    pub url: Hidden,
    /// `whsec_…`: one, or two during a rotation.
    pub secrets: Vec<Hidden>,
}
