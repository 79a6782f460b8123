//! The commands that the payments workers serve, and their replies: metadata only, JSON on the wire.

mod authorize;
mod end;
mod keys;
mod payer;
mod topup;

use std::time::Instant;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Bus, Message, RequestError};

pub use authorize::{Authorization, Authorize, IdempotencyHashes, Refusal};
pub use end::{ENDS_QUEUE, End, EndHow, Ended};
pub use keys::{IssueKey, KEY_REVOKED, KeyIssuance, KeyRevocation, KeyRevokedNotice, RevokeKey};
pub use payer::{Payer, Settled, payment_id};
pub use topup::{NewKey, ToppedUp, Topup};

/// A command with its subject and its reply.
pub trait Command: Serialize + DeserializeOwned + Send + Sync {
    /// Where it is served.
    const SUBJECT: &'static str;
    /// What comes back.
    type Reply: Serialize + DeserializeOwned + Send;
}

/// Sends a command and awaits its reply.
pub async fn call<C: Command>(bus: &dyn Bus, command: &C, deadline: Instant) -> Result<C::Reply, RequestError> {
    let reply = bus.request(C::SUBJECT, encode(command), deadline).await?;
    decode(&reply).ok_or_else(|| RequestError::HandlerFailed { subject: C::SUBJECT.to_owned() })
}

/// A command or a reply as the bus carries it.
pub fn encode<T: Serialize>(value: &T) -> Message {
    Message::new(serde_json::to_vec(value).expect("commands are plain structs of text and integers"))
}

/// Reads what [`encode`] wrote; `None` if it is something else.
#[must_use]
pub fn decode<T: DeserializeOwned>(message: &Message) -> Option<T> {
    serde_json::from_slice(&message.payload).ok()
}

/// Ask for the public keys of receipts.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ReceiptKeys {}

/// A JSON Web Key Set (RFC 7517) as text, ready to be published.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReceiptKeySet {
    /// The JSON text.
    pub jwks: String,
}

impl Command for ReceiptKeys {
    const SUBJECT: &'static str = "cmd.payments.receipt_keys";
    type Reply = ReceiptKeySet;
}
