//! The reaper: gives back every charge that nobody has ended by its deadline, whoever has died.
//!
//! The read model says where to look and the log decides, so that a late row, a second reaper or an end in the
//! same moment changes nothing: a request ends once.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_events::account::{AccountCommand, Refund, RefundReason};
use aipaygen_events::{AccountId, RequestId, Timestamp};
use aipaygen_projections::{ReadError, Reader};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::accounts::Order;
use crate::payments::Payments;
use crate::settings::Settings;

/// How many refunds are on their way at once: enough to share a commit.
const REFUNDS_IN_FLIGHT: usize = 32;
/// How finely the pause between two looks is varied.
const STEPS: u32 = 256;

/// Looks for charges without an end, now and then.
pub struct Reaper {
    payments: Arc<Payments>,
    reader: Reader,
    interval: Duration,
    grace_ms: u64,
    batch_max: u32,
}

impl Reaper {
    /// A reaper that refunds through these payments what this reader finds.
    #[must_use]
    pub fn new(payments: Arc<Payments>, reader: Reader, settings: &Settings) -> Self {
        Self {
            payments,
            reader,
            interval: Duration::from_millis(settings.reaper_interval_ms),
            grace_ms: settings.reaper_grace_ms,
            batch_max: settings.reaper_batch_max,
        }
    }

    /// Looks again and again, until the shutdown; a look that has begun is finished.
    pub async fn run(self, shutdown: CancellationToken) {
        while shutdown.run_until_cancelled(tokio::time::sleep(self.pause())).await.is_some() {
            match self.sweep().await {
                Ok(0) => {}
                Ok(refunded) => tracing::warn!(refunded, "charges that nobody ended were given back"),
                Err(error) => tracing::error!(%error, "charges without an end cannot be looked for"),
            }
        }
    }

    /// Looks once; how many charges it has given back.
    pub async fn sweep(&self) -> Result<usize, ReadError> {
        let overdue = self.reader.open_past(self.overdue_since(), self.batch_max).await?;
        let refunds = futures::stream::iter(overdue).map(|(request, account)| self.refund(request, account));
        Ok(refunds.buffer_unordered(REFUNDS_IN_FLIGHT).filter(|refunded| std::future::ready(*refunded)).count().await)
    }

    /// Whether this has given the charge back: not if it has ended meanwhile, nor if that cannot be decided now,
    /// since then the next look finds it again.
    async fn refund(&self, request: RequestId, account: AccountId) -> bool {
        let refund = Refund { request, status: 0, reason: RefundReason::Abandoned };
        let order = Order::new(account, AccountCommand::Refund(refund));
        self.payments.perform(&order, self.payments.deadline()).await.is_ok()
    }

    fn overdue_since(&self) -> Timestamp {
        let grace_micros = i64::try_from(self.grace_ms.saturating_mul(1_000)).unwrap_or(i64::MAX);
        Timestamp::from_micros(self.payments.clock.now().micros().saturating_sub(grace_micros))
    }

    /// The interval, a quarter more or less, so that the reapers of many processes spread out.
    fn pause(&self) -> Duration {
        let quarter = self.interval / 4;
        // Without random bytes the reapers only meet more often.
        let step = getrandom::u32().unwrap_or_default() % STEPS;
        self.interval - quarter + quarter * 2 / STEPS * step
    }
}
