//! What an operator's command works with: payments over the log, and the read models. No bus and no server: any
//! number of writers is correct, so a command may run beside a service that is up.

use std::time::Duration;

use aipaygen_journal::Journal;
use aipaygen_journal::db::Db;
use aipaygen_payments::{Clock, Payments};
use aipaygen_projections::Reader;
use anyhow::Context;

use crate::config::Config;
use crate::roles;

/// How long a command waits for the read models before it says that they lag.
const FRESH_WITHIN: Duration = Duration::from_secs(10);

/// The hands of an operator.
pub(crate) struct Operator {
    pub(crate) journal: Journal,
    pub(crate) payments: Payments,
    pub(crate) read_models: Db,
    pub(crate) clock: Clock,
}

/// Opens the log and the read models that the configuration names. Nothing is created.
pub(crate) async fn open(config: &Config) -> anyhow::Result<Operator> {
    let clock = Clock::system();
    let journal = roles::journal(config, &clock).await.context(
        "cannot open the event log (`aipaygen serve` makes the embedded one, `aipaygen migrate` the tables elsewhere)",
    )?;
    let payments = Payments::try_new(journal.clone(), &config.payments, clock.clone())?;
    let read_models = Db::open(&config.database).await?;
    Ok(Operator { journal, payments, read_models, clock })
}

impl Operator {
    /// The read models once they know all that is in the log. They catch up here if no projector runs.
    pub(crate) async fn fresh_reader(&self) -> anyhow::Result<Reader> {
        let reader = Reader::new(self.read_models.clone());
        let head = self.journal.head().await?.position;
        aipaygen_projections::catch_up(&self.journal, &self.read_models, head).await?;
        let fresh = reader.caught_up(head, FRESH_WITHIN).await?;
        anyhow::ensure!(fresh, "the read models have not reached position {head} of the log within 10 s");
        Ok(reader)
    }

    /// Lets the log finish what was appended.
    pub(crate) async fn close(self) {
        self.journal.close().await;
        self.read_models.close().await;
    }
}
