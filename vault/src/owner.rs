//! Whom something secret belongs to: what is deleted together has one owner.

use std::fmt;

use aipaygen_events::WebhookId;

/// An owner of something secret, with a data key of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An API of the catalogue.
    Api(String),
    /// A webhook of a caller.
    Webhook(WebhookId),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(api) => write!(f, "api-{api}"),
            Self::Webhook(webhook) => write!(f, "webhook-{webhook}"),
        }
    }
}
