//! API keys: made and stopped.

use aipaygen_events::{AccountId, KeyId, Timestamp};
use serde::{Deserialize, Serialize};

use super::Command;

/// Broadcast when a key is revoked: [`KeyRevokedNotice`].
pub const KEY_REVOKED: &str = "evt.key.revoked";

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
