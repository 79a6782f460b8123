//! The webhooks of accounts: where they are and what signs their deliveries, encrypted; what they want, in the open.

use aipaygen_events::{AccountId, MicroUsd, Timestamp, WebhookId};
use aipaygen_journal::db::{Backend, Row, Value};
use aipaygen_sealed::{Hidden, Target};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::data_keys::DataKey;
use crate::envelope::Place;
use crate::{Owner, Vault, VaultError};

const TABLE: &str = "webhooks";
const ALONE: &str = "LOCK TABLE webhooks IN SHARE ROW EXCLUSIVE MODE";
const COUNT: &str = "SELECT count(*) AS webhooks FROM webhooks WHERE account = $1";
const ADD: &str = "INSERT INTO webhooks
    (webhook, account, events, low_balance, url, secret, after_position, is_low, made_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const OF_ACCOUNT: &str = "SELECT * FROM webhooks WHERE account = $1 ORDER BY webhook";
const ONE: &str = "SELECT * FROM webhooks WHERE webhook = $1";
const REMOVE: &str = "DELETE FROM webhooks WHERE webhook = $1 AND account = $2";
const REMOVE_DELIVERIES: &str = "DELETE FROM deliveries WHERE webhook = $1";
const ROTATE: &str = "UPDATE webhooks SET previous_secret = $3, previous_until = $4, secret = $5
    WHERE webhook = $1 AND account = $2";

const SECRET_LEN: usize = 32;

/// A webhook, its secrets left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose.
    pub account: AccountId,
    /// What it is told of.
    pub events: Vec<String>,
    /// Below which balance `balance.low` is told.
    pub low_balance: Option<MicroUsd>,
    /// The events of the log after this position are for it.
    pub after_position: u64,
    /// Whether the balance was below when it was looked at last.
    pub is_low: bool,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when the secret before the last rotation signs too.
    pub previous_until: Option<Timestamp>,
}

/// A webhook to be kept.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose.
    pub account: AccountId,
    /// Where it is.
    pub url: Hidden,
    /// What it is told of.
    pub events: Vec<String>,
    /// Below which balance `balance.low` is told.
    pub low_balance: Option<MicroUsd>,
    /// The end of the log now.
    pub after_position: u64,
}

impl Vault {
    /// Keeps a webhook, and gives its secret; `None` if the account has as many as it may have.
    pub async fn add_webhook(
        &self,
        new: &NewWebhook,
        webhooks_max: u32,
        now: Timestamp,
    ) -> Result<Option<Hidden>, VaultError> {
        let mut tx = self.db.begin().await?;
        if tx.backend() == Backend::Postgres {
            tx.execute(ALONE, &[]).await?;
        }
        let counted = tx.fetch_optional(COUNT, &[Value::text(new.account)]).await?;
        if counted.map(|row| row.u64("webhooks")).transpose()?.unwrap_or_default() >= u64::from(webhooks_max) {
            return Ok(None);
        }
        let key = self.data_key(&mut tx, &Owner::Webhook(new.id), now).await?;
        let (id, secret) = (new.id.to_string(), secret()?);
        let values = [
            id.as_str().into(),
            Value::text(new.account),
            new.events.join(" ").into(),
            new.low_balance.map(MicroUsd::as_i64).into(),
            seal(&key, &id, "url", &new.url)?.into(),
            seal(&key, &id, "secret", &secret)?.into(),
            i64::try_from(new.after_position).unwrap_or(i64::MAX).into(),
            false.into(),
            now.micros().into(),
        ];
        tx.execute(ADD, &values).await?;
        tx.commit().await?;
        Ok(Some(secret))
    }

    /// The webhooks of an account, the oldest first, each with its URL.
    pub async fn webhooks_of(&self, account: AccountId) -> Result<Vec<(Webhook, Hidden)>, VaultError> {
        let mut webhooks = Vec::new();
        for row in self.db.fetch_all(OF_ACCOUNT, &[Value::text(account)]).await? {
            let webhook = webhook(&row)?;
            if let Some(key) = self.find_data_key(&Owner::Webhook(webhook.id)).await? {
                let url = open(&key, &webhook.id.to_string(), "url", &row.bytes("url")?)?;
                webhooks.push((webhook, url));
            }
        }
        Ok(webhooks)
    }

    /// A webhook, where it is and what signs for it now; `None` if there is none (any more).
    pub async fn webhook(&self, id: WebhookId, now: Timestamp) -> Result<Option<(Webhook, Target)>, VaultError> {
        let Some(row) = self.db.fetch_optional(ONE, &[Value::text(id)]).await? else { return Ok(None) };
        let Some(key) = self.find_data_key(&Owner::Webhook(id)).await? else { return Ok(None) };
        let (webhook, id) = (webhook(&row)?, id.to_string());
        let mut secrets = vec![open(&key, &id, "secret", &row.bytes("secret")?)?];
        if let (Some(kept), Some(until)) = (row.opt_bytes("previous_secret")?, webhook.previous_until)
            && now < until
        {
            secrets.push(open(&key, &id, "secret", &kept)?);
        }
        let url = open(&key, &id, "url", &row.bytes("url")?)?;
        Ok(Some((webhook, Target { url, secrets })))
    }

    /// Destroys a webhook of an account, with what is on its way to it; whether there was one.
    pub async fn remove_webhook(&self, account: AccountId, id: WebhookId) -> Result<bool, VaultError> {
        let mut tx = self.db.begin().await?;
        let removed = tx.execute(REMOVE, &[Value::text(id), Value::text(account)]).await?;
        if removed > 0 {
            tx.execute(REMOVE_DELIVERIES, &[Value::text(id)]).await?;
            self.forget(&mut tx, &Owner::Webhook(id)).await?;
        }
        tx.commit().await?;
        Ok(removed > 0)
    }

    /// Gives a webhook of an account a new secret, while the one before signs too until a moment.
    pub async fn rotate_webhook(
        &self,
        account: AccountId,
        id: WebhookId,
        previous_until: Timestamp,
    ) -> Result<Option<Hidden>, VaultError> {
        let mut tx = self.db.begin().await?;
        let row = tx.fetch_optional(ONE, &[Value::text(id)]).await?;
        let key = self.find_data_key(&Owner::Webhook(id)).await?;
        let (Some(row), Some(key)) = (row, key) else { return Ok(None) };
        let new = secret()?;
        let kept = seal(&key, &id.to_string(), "secret", &new)?;
        let values = [
            Value::text(id),
            Value::text(account),
            row.bytes("secret")?.into(),
            previous_until.micros().into(),
            kept.into(),
        ];
        let rotated = tx.execute(ROTATE, &values).await?;
        tx.commit().await?;
        Ok((rotated > 0).then_some(new))
    }
}

/// A webhook as its row tells it.
pub(crate) fn webhook(row: &Row) -> Result<Webhook, VaultError> {
    let corrupt = || VaultError::Tampered { table: TABLE };
    let low_balance = row.opt_i64("low_balance")?.map(u64::try_from).transpose().map_err(|_| corrupt())?;
    Ok(Webhook {
        id: row.text("webhook")?.parse().map_err(|_| corrupt())?,
        account: row.text("account")?.parse().map_err(|_| corrupt())?,
        events: row.text("events")?.split_whitespace().map(str::to_owned).collect(),
        low_balance: low_balance.map(MicroUsd::new).transpose().map_err(|_| corrupt())?,
        after_position: row.u64("after_position")?,
        is_low: row.bool("is_low")?,
        made_at: Timestamp::from_micros(row.i64("made_at")?),
        previous_until: row.opt_i64("previous_until")?.map(Timestamp::from_micros),
    })
}

fn secret() -> Result<Hidden, VaultError> {
    let mut bytes = zeroize::Zeroizing::new([0; SECRET_LEN]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|_| VaultError::NoRandomness)?;
    Ok(Hidden::new(format!("whsec_{}", STANDARD.encode(bytes.as_slice()))))
}

fn seal(key: &DataKey, id: &str, column: &'static str, text: &Hidden) -> Result<Vec<u8>, VaultError> {
    key.seal(Place { table: TABLE, column, row: id }, text.expose().as_bytes())
}

fn open(key: &DataKey, id: &str, column: &'static str, kept: &[u8]) -> Result<Hidden, VaultError> {
    let plain = key.open(Place { table: TABLE, column, row: id }, kept)?;
    str::from_utf8(&plain).map(Hidden::new).map_err(|_| VaultError::Tampered { table: TABLE })
}
