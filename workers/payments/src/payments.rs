//! The payments of a process: what authorizes, ends, credits and administers, over a journal and without a bus.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_events::api_key::Pepper;
use aipaygen_journal::Journal;

use crate::accounts::{Accounts, Done, Order};
use crate::clock::Clock;
use crate::error::Failure;
use crate::payment::AtWork;
use crate::receipts::Receipts;
use crate::retry::Retry;
use crate::settings::{Settings, SettingsError};
use crate::settlement::Settles;

/// Decides about money and writes it to the log. Any number of these, in any number of processes, is correct.
pub struct Payments {
    pub(crate) journal: Journal,
    pub(crate) accounts: Accounts,
    pub(crate) receipts: Receipts,
    pub(crate) pepper: Pepper,
    pub(crate) clock: Clock,
    /// Where payments settle, if they are taken.
    pub(crate) chain: Option<Arc<dyn Settles>>,
    pub(crate) at_work: AtWork,
    /// How long a payment is left to the worker that has claimed it.
    pub(crate) settlement_timeout_ms: u64,
    pub(crate) unserved_payment_ms: u64,
    pub(crate) voucher_valid_ms: u64,
    command_timeout: Duration,
}

impl Payments {
    /// Payments over this journal, if the settings are sound.
    pub fn try_new(journal: Journal, settings: &Settings, clock: Clock) -> Result<Self, SettingsError> {
        settings.validate()?;
        Ok(Self {
            accounts: Accounts::new(journal.clone(), settings.accounts_cached_max),
            receipts: Receipts::try_new(settings)?,
            pepper: settings.pepper()?,
            command_timeout: settings.command_timeout(),
            chain: None,
            at_work: AtWork::default(),
            settlement_timeout_ms: settings.settlement_timeout_ms,
            unserved_payment_ms: settings.unserved_payment_ms,
            voucher_valid_ms: settings.voucher_valid_ms(),
            journal,
            clock,
        })
    }

    /// The same, taking x402 payments that settle here.
    #[must_use]
    pub fn settling(self, chain: Arc<dyn Settles>) -> Self {
        Self { chain: Some(chain), ..self }
    }

    /// The JSON Web Key Set that verifies receipts, as text.
    #[must_use]
    pub fn receipt_keys(&self) -> &str {
        self.receipts.jwks()
    }

    /// The deadline of a command that nobody awaits on the bus.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.command_timeout
    }

    /// Does a command, deciding again as often as others come first, until the deadline.
    pub(crate) async fn perform(&self, order: &Order, deadline: Instant) -> Result<Done, Failure> {
        let mut retry = Retry::until(deadline);
        loop {
            match self.accounts.attempt(order, deadline).await {
                Err(Failure::Stale) => retry.pause().await?,
                done_or_failed => return done_or_failed,
            }
        }
    }
}
