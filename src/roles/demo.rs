//! The demo key of a fresh data directory: five dollars of promotional credit, shown only on the first start.

use aipaygen_events::{AccountId, MicroUsd};
use aipaygen_journal::Journal;
use aipaygen_payments::{Clock, Payments};
use uuid::Uuid;

use crate::config::Config;

const CREDIT: MicroUsd = MicroUsd::dollars(5);

/// Makes the demo account if the log is empty, and returns its key.
pub(super) async fn key_of_first_start(
    config: &Config,
    journal: &Journal,
    clock: Clock,
) -> anyhow::Result<Option<String>> {
    if journal.head().await?.position > 0 {
        return Ok(None);
    }
    let payments = Payments::try_new(journal.clone(), &config.payments, clock)?;
    let account = AccountId::from_uuid(Uuid::now_v7());
    payments.open_account(account, "demo".to_owned()).await?;
    payments.grant(account, CREDIT, &format!("{account}:demo")).await?;
    let key = payments.issue_key(account, "demo".to_owned(), None).await?;
    Ok(Some(key.expose().to_owned()))
}
