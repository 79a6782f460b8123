//! Tells webhooks what has happened: follows the log from a checkpoint of its own, plans deliveries in the same
//! transaction, and has fetch workers bring them, again and again until they arrive or are given up.
//!
//! One process at a time does it. Whatever dies, what was planned is brought by the next: at least once, under an id
//! that stays the same.

mod attempt;
mod follow;
mod told;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use aipaygen_events::Timestamp;
use aipaygen_vault::{Lease, VaultError};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::worker::Deps;

pub use told::{EVENTS, Told};

/// The pause between two looks at what is due.
const LOOK: Duration = Duration::from_secs(1);
/// How often what was given up long ago is forgotten.
const TIDY: Duration = Duration::from_secs(3_600);
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Why a round came to its end early.
#[derive(Debug, thiserror::Error)]
enum DispatchError {
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("the log cannot be read: {0}")]
    Log(#[from] aipaygen_journal::ReadError),
    #[error("the read models cannot be read: {0}")]
    ReadModels(#[from] aipaygen_projections::ReadError),
    #[error("an event of the log cannot be read")]
    Event(#[from] aipaygen_events::DecodeError),
}

/// Follows the log for webhooks.
pub(crate) struct Dispatcher {
    deps: Arc<Deps>,
    lease: Lease,
    /// Until when this process has the lease, in microseconds since 1970.
    held_until: AtomicI64,
}

impl Dispatcher {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        let lease = Lease { holder: Uuid::now_v7().simple().to_string(), ms: deps.webhooks.lease_ms };
        Self { deps, lease, held_until: AtomicI64::new(0) }
    }

    /// Dispatches until the shutdown, whenever no other process does.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let (mut failing, mut tidied) = (false, Instant::now());
        while !shutdown.is_cancelled() {
            match self.round(&shutdown).await {
                Ok(()) => failing = false,
                Err(error) if failing => tracing::debug!(%error, "webhooks are not told"),
                Err(error) => {
                    tracing::error!(%error, "webhooks are not told of what happens");
                    failing = true;
                }
            }
            if tidied.elapsed() > TIDY {
                tidied = Instant::now();
                self.forget_the_old().await;
            }
            shutdown.run_until_cancelled(tokio::time::sleep(LOOK)).await;
        }
        if let Err(error) = self.deps.vault.leave_lease(&self.lease).await {
            tracing::warn!(%error, "the next dispatcher of webhooks has to wait for the end of the lease");
        }
    }

    /// Plans what has happened and brings what is due, as long as there is any of it.
    async fn round(&self, shutdown: &CancellationToken) -> Result<(), DispatchError> {
        while !shutdown.is_cancelled() && self.holds_lease().await? {
            let planned = self.plan_some().await?;
            let brought = self.bring_some().await?;
            if !planned && brought == 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether this process dispatches now, and for long enough to bring something.
    async fn holds_lease(&self) -> Result<bool, DispatchError> {
        let now = (self.deps.clock)();
        let half_ms = self.lease.ms / 2;
        if now.plus_ms(half_ms).micros() < self.held_until.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let taken = self.deps.vault.take_lease(&self.lease, now).await?;
        let until = if taken { now.plus_ms(self.lease.ms).micros() } else { 0 };
        self.held_until.store(until, Ordering::Relaxed);
        Ok(taken)
    }

    /// Brings deliveries whose time has come; how many.
    async fn bring_some(&self) -> Result<usize, DispatchError> {
        let in_flight_max = self.deps.webhooks.in_flight_max;
        let limit = u32::try_from(in_flight_max).unwrap_or(u32::MAX);
        let due = self.deps.vault.due((self.deps.clock)(), limit).await?;
        let count = due.len();
        let mut brought = futures::stream::iter(due).map(|due| self.attempt(due)).buffer_unordered(in_flight_max);
        while let Some(result) = brought.next().await {
            result?;
        }
        Ok(count)
    }

    async fn forget_the_old(&self) {
        let kept_ms = self.deps.webhooks.dead_kept_days.saturating_mul(DAY_MS);
        let kept_micros = i64::try_from(kept_ms.saturating_mul(1_000)).unwrap_or(i64::MAX);
        let before = Timestamp::from_micros((self.deps.clock)().micros().saturating_sub(kept_micros));
        if let Err(error) = self.deps.vault.forget_dead(before).await {
            tracing::warn!(%error, "deliveries that were given up long ago are still kept");
        }
    }
}
