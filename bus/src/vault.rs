//! The commands that the keeper of the vault serves, in the process of the payments workers: the catalogue's
//! additions, credentials, webhooks. JSON on the wire.
//!
//! A secret goes in by these commands and comes out sealed for one fetch worker, never otherwise.

use aipaygen_events::{AccountId, MicroUsd, RequestId, Timestamp, WebhookId};
use serde::{Deserialize, Serialize};

use crate::commands::Command;

/// Ask for the APIs that operators have added.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ListApis {}

/// What of the catalogue does not come with the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredApis {
    /// The texts of the added APIs' files.
    pub entries: Vec<String>,
    /// The ids of all APIs that have a credential.
    pub with_credential: Vec<String>,
}

impl Command for ListApis {
    const SUBJECT: &'static str = "cmd.vault.list_apis";
    type Reply = Option<StoredApis>;
}

/// Add an API, or put it in the place of one with its id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PutApi {
    /// The text of its file.
    pub entry: String,
}

/// Remove an API that an operator has added, and its credential.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoveApi {
    /// Its id.
    pub api: String,
}

/// Keep what authenticates us to an API, in the place of what was kept before.
#[derive(Clone, Serialize, Deserialize)]
pub struct SetCredential {
    /// The API.
    pub api: String,
    /// The secret; of basic authentication user and password with a colon between.
    pub value: String,
}

/// Destroy what authenticates us to an API.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeleteCredential {
    /// The API.
    pub api: String,
}

/// What became of a change of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// It is so now, durably.
    Done,
    /// There is no such API, or nothing to remove.
    Unknown,
    /// It cannot be so.
    Invalid {
        /// Which field of the file.
        field: String,
        /// What it has to be.
        rule: String,
    },
    /// The vault cannot be reached.
    Unavailable,
}

impl Command for PutApi {
    const SUBJECT: &'static str = "cmd.vault.put_api";
    type Reply = Changed;
}

impl Command for RemoveApi {
    const SUBJECT: &'static str = "cmd.vault.remove_api";
    type Reply = Changed;
}

impl Command for SetCredential {
    const SUBJECT: &'static str = "cmd.vault.set_credential";
    type Reply = Changed;
}

impl Command for DeleteCredential {
    const SUBJECT: &'static str = "cmd.vault.delete_credential";
    type Reply = Changed;
}

/// Ask for the credential of an API, sealed for a fetch worker, for one request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LendCredential {
    /// The request; nothing else can be done with what is lent.
    pub request: RequestId,
    /// The API.
    pub api: String,
}

/// What became of [`LendCredential`] or [`LendTarget`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lent {
    /// Sealed.
    Sealed {
        /// The fetch worker that can open it.
        worker: String,
        /// An `aipaygen_sealed::Sealed` as JSON text.
        sealed: String,
    },
    /// Nothing is kept for it.
    Nothing,
    /// The vault cannot be reached, or no fetch worker is there to seal for.
    Unavailable,
}

impl Command for LendCredential {
    const SUBJECT: &'static str = "cmd.vault.lend_credential";
    type Reply = Lent;
}

/// Keep a webhook.
#[derive(Clone, Serialize, Deserialize)]
pub struct AddWebhook {
    /// Whose.
    pub account: AccountId,
    /// Where it is. The guard has judged it.
    pub url: String,
    /// What it wants to be told of.
    pub events: Vec<String>,
    /// Below which balance `balance.low` is told.
    pub low_balance: Option<MicroUsd>,
}

/// What became of [`AddWebhook`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookAdded {
    /// It is kept.
    Added {
        /// Its id.
        webhook: WebhookId,
        /// `whsec_…`, shown once.
        secret: String,
    },
    /// The account has as many as it may have.
    TooMany {
        /// How many that is.
        max: u32,
    },
    /// It is not at an https:// URL.
    PlainHttp,
    /// The vault cannot be reached.
    Unavailable,
}

impl Command for AddWebhook {
    const SUBJECT: &'static str = "cmd.vault.add_webhook";
    type Reply = WebhookAdded;
}

/// Ask for the webhooks of an account.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ListWebhooks {
    /// Whose.
    pub account: AccountId,
}

/// A webhook as its owner sees it. Its URL is its owner's, and shown to nobody else.
#[derive(Clone, Serialize, Deserialize)]
pub struct WebhookShown {
    /// Its id.
    pub webhook: WebhookId,
    /// Where it is.
    pub url: String,
    /// What it is told of.
    pub events: Vec<String>,
    /// Below which balance `balance.low` is told.
    pub low_balance: Option<MicroUsd>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when the secret before the last rotation still signs.
    pub previous_secret_until: Option<Timestamp>,
    /// Deliveries on their way.
    pub waiting: u64,
    /// Deliveries that were given up.
    pub dead: u64,
}

impl Command for ListWebhooks {
    const SUBJECT: &'static str = "cmd.vault.list_webhooks";
    type Reply = Option<Vec<WebhookShown>>;
}

/// Destroy a webhook.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RemoveWebhook {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub webhook: WebhookId,
}

impl Command for RemoveWebhook {
    const SUBJECT: &'static str = "cmd.vault.remove_webhook";
    type Reply = Changed;
}

/// Give a webhook a new secret. The one before signs too for a while.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RotateWebhook {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub webhook: WebhookId,
}

/// What became of [`RotateWebhook`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookRotated {
    /// It has a new secret.
    Rotated {
        /// `whsec_…`, shown once.
        secret: String,
        /// Until when the one before signs too.
        previous_until: Timestamp,
    },
    /// The account has no such webhook.
    Unknown,
    /// The vault cannot be reached.
    Unavailable,
}

impl Command for RotateWebhook {
    const SUBJECT: &'static str = "cmd.vault.rotate_webhook";
    type Reply = WebhookRotated;
}

/// Ask for where a webhook is and what its deliveries are signed with, sealed for a fetch worker, for one message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LendTarget {
    /// Whose.
    pub account: AccountId,
    /// Which; `None` for the one that was made first.
    pub webhook: Option<WebhookId>,
    /// The message; nothing else can be delivered with what is lent.
    pub message: String,
}

impl Command for LendTarget {
    const SUBJECT: &'static str = "cmd.vault.lend_target";
    type Reply = Lent;
}
