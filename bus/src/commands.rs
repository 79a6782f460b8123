//! The commands that the payments workers serve, and their replies: metadata only, JSON on the wire.

use std::time::Instant;

use aipaygen_events::account::{Pricing, RefundReason, Tokens};
use aipaygen_events::{AccountId, CreditId, KeyId, MicroUsd, RequestId, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Bus, Message, RequestError};

/// The durable queue of ends that nobody waits for: [`End`], one for each request.
pub const ENDS_QUEUE: &str = "payments-ends";
/// Broadcast when a key is revoked: [`KeyRevokedNotice`].
pub const KEY_REVOKED: &str = "evt.key.revoked";

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

/// Charge a request before any work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Authorize {
    /// The request.
    pub request: RequestId,
    /// Who pays.
    pub account: AccountId,
    /// The key that was shown.
    pub key: KeyId,
    /// Method and route template.
    pub endpoint: String,
    /// The price, or the hold.
    pub amount: MicroUsd,
    /// How the amount was found.
    pub pricing: Pricing,
    /// How long the work may take before the charge is given back by itself.
    pub timeout_ms: u64,
    /// The `Idempotency-Key`, if one was shown.
    pub idempotency: Option<IdempotencyHashes>,
}

/// An `Idempotency-Key` and what it was shown for, as keyed hashes in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyHashes {
    /// Of the key.
    pub key: String,
    /// Of method, route and body.
    pub request: String,
}

/// What became of [`Authorize`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authorization {
    /// Charged, durably.
    Charged {
        /// The signed receipt, shown to the caller if the answer is a 2xx. Of a metered request the receipt
        /// comes with its end.
        receipt: Option<String>,
    },
    /// Not charged: the work of a request that was paid is run once more.
    Replay {
        /// The request that was paid.
        of: RequestId,
        /// Its receipt.
        receipt: String,
    },
    /// Not charged.
    Refused(Refusal),
}

/// Why a request is not charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// 402.
    InsufficientFunds {
        /// What it costs.
        price: MicroUsd,
        /// What there is.
        available: MicroUsd,
    },
    /// 401: unknown, revoked or expired.
    InvalidKey,
    /// 409: the same idempotency key is at work.
    IdempotencyInFlight {
        /// Which request.
        request: RequestId,
    },
    /// 422: the idempotency key stands for another request.
    IdempotencyOtherRequest {
        /// Which request.
        request: RequestId,
    },
    /// 409 with the receipt.
    IdempotencySpent {
        /// Which request.
        request: RequestId,
        /// Its receipt.
        receipt: String,
    },
    /// 503: the log takes no more just now, or cannot be reached. Nothing was charged.
    Overloaded,
}

impl Command for Authorize {
    const SUBJECT: &'static str = "cmd.payments.authorize";
    type Reply = Authorization;
}

/// End the charge of a request. Served at once on its subject, and later from [`ENDS_QUEUE`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct End {
    /// The request.
    pub request: RequestId,
    /// Who paid.
    pub account: AccountId,
    /// The HTTP status of the answer; 0 if there was none.
    pub status: u16,
    /// How.
    pub how: EndHow,
}

/// How a charge ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndHow {
    /// The caller was answered.
    Complete {
        /// What it cost in the end; `None` for all that was charged.
        price: Option<MicroUsd>,
        /// Tokens used.
        tokens: Tokens,
        /// From charge to answer, in milliseconds.
        duration_ms: u64,
    },
    /// The charge is given back.
    Refund {
        /// Why.
        reason: RefundReason,
    },
}

/// How the charge of a request has ended: by this command, or by one before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It was answered.
    Completed {
        /// What it cost.
        price: MicroUsd,
        /// The signed receipt.
        receipt: String,
    },
    /// It was given back.
    Refunded {
        /// The refund credit.
        credit: CreditId,
        /// How much.
        amount: MicroUsd,
    },
    /// There is no such charge.
    NotCharged,
    /// The log cannot be reached: the end is not decided yet.
    Unavailable,
}

impl Command for End {
    const SUBJECT: &'static str = "cmd.payments.end";
    type Reply = Ended;
}

/// Make an API key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IssueKey {
    /// The account that it pays from.
    pub account: AccountId,
    /// A name for people; may be empty.
    pub label: String,
    /// When it stops by itself, if ever.
    pub expires_at: Option<Timestamp>,
}

/// What became of [`IssueKey`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyIssuance {
    /// Made. The only time that the key is ever shown.
    Issued {
        /// The public part.
        key: KeyId,
        /// All of it. Not `Debug`, so that it cannot slip into a log.
        api_key: String,
    },
    /// There is no such account.
    NoAccount,
    /// The log cannot be reached.
    Unavailable,
}

impl Command for IssueKey {
    const SUBJECT: &'static str = "cmd.payments.issue_key";
    type Reply = KeyIssuance;
}

/// Stop an API key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RevokeKey {
    /// Its account.
    pub account: AccountId,
    /// The key.
    pub key: KeyId,
}

/// What became of [`RevokeKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRevocation {
    /// It works no more, and everybody has been told.
    Revoked,
    /// The account has no such key.
    UnknownKey,
    /// The log cannot be reached.
    Unavailable,
}

impl Command for RevokeKey {
    const SUBJECT: &'static str = "cmd.payments.revoke_key";
    type Reply = KeyRevocation;
}

/// Broadcast on [`KEY_REVOKED`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct KeyRevokedNotice {
    /// The key.
    pub key: KeyId,
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
