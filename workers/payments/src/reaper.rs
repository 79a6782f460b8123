//! The reaper: gives back every charge that nobody has ended by its deadline, whoever has died.
//!
//! The read model says where to look and the log decides, so that a late row, a second reaper or an end in the
//! same moment changes nothing: a request ends once.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_bus::commands::{End, EndHow};
use aipaygen_events::account::RefundReason;
use aipaygen_events::{Purse, RequestId, Timestamp};
use aipaygen_projections::{ReadError, Reader};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::end::Asker;
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
        while shutdown.run_until_cancelled(tokio::time::sleep(around(self.interval))).await.is_some() {
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
        let refunds = futures::stream::iter(overdue).map(|(request, purse)| self.refund(request, purse));
        Ok(refunds.buffer_unordered(REFUNDS_IN_FLIGHT).filter(|refunded| std::future::ready(*refunded)).count().await)
    }

    /// Whether this has given the charge back: not if it has ended meanwhile, nor if that cannot be decided now,
    /// since then the next look finds it again.
    async fn refund(&self, request: RequestId, purse: Purse) -> bool {
        let how = EndHow::Refund { reason: RefundReason::Abandoned };
        let end = End { request, purse, status: 0, how };
        let asker = Asker::Nobody { may_wait: Duration::ZERO };
        let ended = self.payments.settle(&end, self.payments.deadline(), asker).await;
        ended.is_ok_and(|ended| ended.is_some_and(|ended| ended.is_news))
    }

    fn overdue_since(&self) -> Timestamp {
        self.payments.clock.now().minus_ms(self.grace_ms)
    }
}

/// An interval, a quarter more or less, so that the reapers of many processes spread out.
pub(crate) fn around(interval: Duration) -> Duration {
    let quarter = interval / 4;
    // Without random bytes the reapers only meet more often.
    let step = getrandom::u32().unwrap_or_default() % STEPS;
    interval - quarter + quarter * 2 / STEPS * step
}
