//! What is on its way to webhooks: ids and attempts, no content. It survives restarts; what has arrived is deleted.

use aipaygen_events::{AccountId, DeliveryId, Timestamp, WebhookId};
use aipaygen_journal::db::{Backend, Row, Tx, Value};

use crate::webhooks::{Webhook, webhook};
use crate::{Vault, VaultError};

const OF_ACCOUNTS_POSTGRES: &str =
    "SELECT * FROM webhooks WHERE account IN (SELECT json_array_elements_text($1::json)) ORDER BY webhook";
const OF_ACCOUNTS_SQLITE: &str =
    "SELECT * FROM webhooks WHERE account IN (SELECT value FROM json_each($1)) ORDER BY webhook";
const PLAN: &str = "INSERT INTO deliveries
    (delivery, webhook, account, event, position, attempts, due_at, outcome, dead, made_at)
    VALUES ($1, $2, $3, $4, $5, 0, $6, 'waiting', $7, $6) ON CONFLICT DO NOTHING";
const SET_LOW: &str = "UPDATE webhooks SET is_low = $2 WHERE webhook = $1";
const DUE: &str = "SELECT * FROM deliveries WHERE NOT dead AND due_at <= $1 ORDER BY due_at LIMIT $2";
const NEXT_DUE: &str = "SELECT min(due_at) AS due_at FROM deliveries WHERE NOT dead";
const ARRIVED: &str = "DELETE FROM deliveries WHERE delivery = $1";
const FAILED: &str = "UPDATE deliveries SET attempts = $2, due_at = $3, outcome = $4, dead = $5 WHERE delivery = $1";
const DEAD: &str = "SELECT * FROM deliveries WHERE dead ORDER BY made_at DESC LIMIT $1";
const REDELIVER: &str =
    "UPDATE deliveries SET dead = $2, attempts = 0, due_at = $3, outcome = 'waiting' WHERE dead AND delivery = $1";
const REDELIVER_WEBHOOK: &str =
    "UPDATE deliveries SET dead = $2, attempts = 0, due_at = $3, outcome = 'waiting' WHERE dead AND webhook = $1";
const FORGET_DEAD: &str = "DELETE FROM deliveries WHERE dead AND made_at < $1";
const COUNTS: &str = "SELECT dead, count(*) AS deliveries FROM deliveries WHERE webhook = $1 GROUP BY dead";

/// One delivery on its way, or given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id: the header `webhook-id`.
    pub id: DeliveryId,
    /// To which webhook.
    pub webhook: WebhookId,
    /// Of which account.
    pub account: AccountId,
    /// What is told: `request.completed`, …
    pub event: String,
    /// Where in the log that stands.
    pub position: u64,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// How the last attempt went, in a word of ours.
    pub outcome: String,
    /// Whether it was given up.
    pub dead: bool,
    /// When the event was met.
    pub made_at: Timestamp,
}

/// A delivery to be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its id.
    pub id: DeliveryId,
    /// To which webhook.
    pub webhook: WebhookId,
    /// Of which account.
    pub account: AccountId,
    /// What is told.
    pub event: &'static str,
    /// Where in the log that stands.
    pub position: u64,
}

impl Vault {
    /// The webhooks of these accounts.
    pub async fn webhooks_of_all(&self, tx: &mut Tx, accounts: &[AccountId]) -> Result<Vec<Webhook>, VaultError> {
        let sql = match tx.backend() {
            Backend::Postgres => OF_ACCOUNTS_POSTGRES,
            Backend::Sqlite => OF_ACCOUNTS_SQLITE,
        };
        let accounts = serde_json::to_string(accounts).expect("ids are text");
        tx.fetch_all(sql, &[accounts.into()]).await?.iter().map(webhook).collect()
    }

    /// Plans a delivery, once.
    pub async fn plan(&self, tx: &mut Tx, planned: &Planned, now: Timestamp) -> Result<(), VaultError> {
        let values = [
            Value::text(planned.id),
            Value::text(planned.webhook),
            Value::text(planned.account),
            planned.event.into(),
            i64::try_from(planned.position).unwrap_or(i64::MAX).into(),
            now.micros().into(),
            false.into(),
        ];
        tx.execute(PLAN, &values).await?;
        Ok(())
    }

    /// Remembers whether the balance was below what a webhook calls low.
    pub async fn set_low(&self, tx: &mut Tx, webhook: WebhookId, is_low: bool) -> Result<(), VaultError> {
        tx.execute(SET_LOW, &[Value::text(webhook), is_low.into()]).await?;
        Ok(())
    }

    /// Deliveries whose time has come, the longest overdue first.
    pub async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, VaultError> {
        let rows = self.db.fetch_all(DUE, &[now.micros().into(), limit.into()]).await?;
        rows.iter().map(delivery).collect()
    }

    /// When the next delivery is due, if any is.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, VaultError> {
        let row = self.db.fetch_optional(NEXT_DUE, &[]).await?;
        Ok(row.map(|row| row.opt_i64("due_at")).transpose()?.flatten().map(Timestamp::from_micros))
    }

    /// A delivery has arrived, or will never have to.
    pub async fn arrived(&self, id: DeliveryId) -> Result<(), VaultError> {
        self.one(ARRIVED, &[Value::text(id)]).await.map(|_| ())
    }

    /// A delivery has not arrived: its counters and its next time, as they are in here.
    pub async fn not_arrived(&self, delivery: &Delivery) -> Result<(), VaultError> {
        let values = [
            Value::text(delivery.id),
            i64::from(delivery.attempts).into(),
            delivery.due_at.micros().into(),
            delivery.outcome.as_str().into(),
            delivery.dead.into(),
        ];
        self.one(FAILED, &values).await.map(|_| ())
    }

    /// Deliveries that were given up, the newest first.
    pub async fn dead(&self, limit: u32) -> Result<Vec<Delivery>, VaultError> {
        self.db.fetch_all(DEAD, &[limit.into()]).await?.iter().map(delivery).collect()
    }

    /// Takes up a delivery that was given up; how many that were.
    pub async fn redeliver(&self, id: DeliveryId, now: Timestamp) -> Result<u64, VaultError> {
        self.one(REDELIVER, &[Value::text(id), false.into(), now.micros().into()]).await
    }

    /// Takes up everything of a webhook that was given up; how many deliveries that were.
    pub async fn redeliver_all(&self, webhook: WebhookId, now: Timestamp) -> Result<u64, VaultError> {
        self.one(REDELIVER_WEBHOOK, &[Value::text(webhook), false.into(), now.micros().into()]).await
    }

    /// Forgets what was given up and is older than a moment; how many deliveries that were.
    pub async fn forget_dead(&self, before: Timestamp) -> Result<u64, VaultError> {
        self.one(FORGET_DEAD, &[before.micros().into()]).await
    }

    /// How many deliveries of a webhook are waiting, and how many were given up.
    pub async fn counts(&self, webhook: WebhookId) -> Result<(u64, u64), VaultError> {
        let (mut waiting, mut dead) = (0, 0);
        for row in self.db.fetch_all(COUNTS, &[Value::text(webhook)]).await? {
            let count = if row.bool("dead")? { &mut dead } else { &mut waiting };
            *count = row.u64("deliveries")?;
        }
        Ok((waiting, dead))
    }

    async fn one(&self, sql: &'static str, values: &[Value]) -> Result<u64, VaultError> {
        let mut tx = self.db.begin().await?;
        let touched = tx.execute(sql, values).await?;
        tx.commit().await?;
        Ok(touched)
    }
}

fn delivery(row: &Row) -> Result<Delivery, VaultError> {
    let corrupt = || VaultError::Tampered { table: "deliveries" };
    Ok(Delivery {
        id: row.text("delivery")?.parse().map_err(|_| corrupt())?,
        webhook: row.text("webhook")?.parse().map_err(|_| corrupt())?,
        account: row.text("account")?.parse().map_err(|_| corrupt())?,
        event: row.text("event")?,
        position: row.u64("position")?,
        attempts: u32::try_from(row.u64("attempts")?).map_err(|_| corrupt())?,
        due_at: Timestamp::from_micros(row.i64("due_at")?),
        outcome: row.text("outcome")?,
        dead: row.bool("dead")?,
        made_at: Timestamp::from_micros(row.i64("made_at")?),
    })
}
