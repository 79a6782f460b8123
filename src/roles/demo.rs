//! The demo key of a fresh data directory: five dollars of promotional credit, shown only on the first start.

use std::time::Duration;

use aipaygen_events::{AccountId, MicroUsd};
use aipaygen_journal::Journal;
use aipaygen_payments::{Clock, Payments};
use aipaygen_projections::Reader;
use uuid::Uuid;

use crate::config::Config;

const CREDIT: MicroUsd = MicroUsd::dollars(5);
/// How long a start waits for the read models to know the key.
const KNOWN_WITHIN: Duration = Duration::from_secs(10);

/// Makes the demo account if the log is empty, and returns its key.
pub(super) async fn key_of_first_start(
    config: &Config,
    journal: &Journal,
    reader: &Reader,
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
    // So that it works when it is tried: an ingress knows keys from the read models.
    let known = reader.caught_up(journal.head().await?.position, KNOWN_WITHIN).await?;
    anyhow::ensure!(known, "the read models have not heard of the demo key within 10 s");
    Ok(Some(key.expose().to_owned()))
}
