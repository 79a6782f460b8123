//! The role `projector`: follows the log, and applies each event once, in order.
//!
//! Any number may run; the lock on the checkpoint lets one write at a time, and the others find it done. On an
//! event that cannot be applied the line stops: nothing is skipped, since every later figure would be wrong.

use std::slice;

use aipaygen_journal::db::Db;
use aipaygen_journal::{ReadError, Reader as Log, Recorded, Subscription};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::apply::commit;
use crate::replay::{ReplayError, decode};
use crate::{Settings, checkpoint};

/// What a projector needs.
#[derive(Debug)]
pub struct Deps {
    /// The log that it follows. It never appends.
    pub journal: Log,
    /// The read models that it writes.
    pub db: Db,
    /// How it does so.
    pub settings: Settings,
    /// Where it says how it stands.
    pub standing: watch::Sender<Standing>,
}

/// How a projector stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It has not read anything yet.
    #[default]
    Starting,
    /// It follows the log.
    Following,
    /// A database is away; it tries again.
    Away,
    /// It cannot apply what comes next, and applies nothing after it. Somebody has to look.
    Stopped {
        /// The position in the log of the last event that was applied.
        after: u64,
    },
}

impl Standing {
    /// Whether what it writes can be relied on to go on.
    #[must_use]
    pub const fn is_ready(self) -> bool {
        matches!(self, Self::Following)
    }
}

/// Follows the log until the shutdown; a batch that has begun is finished.
pub async fn run(deps: Deps, shutdown: CancellationToken) {
    let mut failures = 0;
    loop {
        let before = deps.standing.borrow().is_ready();
        let Err(error) = follow(&deps, &shutdown).await else { return };
        failures = if before { 0 } else { failures + 1 };
        report(&deps, &error).await;
        let pause = tokio::time::sleep(deps.settings.retry_after(failures));
        if shutdown.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}

async fn follow(deps: &Deps, shutdown: &CancellationToken) -> Result<(), ReplayError> {
    let position = start(deps).await?;
    let mut events = deps.journal.subscribe(position);
    let mut pace = interval(deps.settings.gather());
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while let Some(batch) = shutdown.run_until_cancelled(next(deps, &mut events, &mut pace)).await {
        let reached = apply(deps, &batch?).await?;
        stands(deps, Standing::Following);
        if reached < events.position() {
            // The tables were rebuilt, and know a little less than those before them.
            events = deps.journal.subscribe(reached);
        }
    }
    Ok(())
}

/// What has happened since, once there is something. Under load many events share the price of a transaction: they
/// gather for a moment, from one transaction to the next. An event after a quiet moment is applied at once.
async fn next(deps: &Deps, events: &mut Subscription, pace: &mut Interval) -> Result<Vec<Recorded>, ReadError> {
    pace.tick().await;
    events.next(deps.settings.batch_events_max).await
}

/// The checkpoint. Where nothing is left to apply, that is as good as having applied something.
async fn start(deps: &Deps) -> Result<u64, ReplayError> {
    let position = checkpoint::read(&deps.db).await?;
    let end = deps.journal.head().await?.position;
    if end < position {
        return Err(ReplayError::BeyondTheLog { end, position });
    }
    if end == position {
        stands(deps, Standing::Following);
    }
    Ok(position)
}

/// Applies a batch together, or else one by one, up to the event that is at fault.
async fn apply(deps: &Deps, batch: &[Recorded]) -> Result<u64, ReplayError> {
    match together(deps, batch).await {
        Err(error) if batch.len() > 1 && is_of_an_event(&error) => {
            let mut reached = 0;
            for event in batch {
                reached = together(deps, slice::from_ref(event)).await?;
            }
            Ok(reached)
        }
        result => result,
    }
}

async fn together(deps: &Deps, batch: &[Recorded]) -> Result<u64, ReplayError> {
    let entries = decode(batch)?;
    let position = entries.first().map_or(0, |entry| entry.position);
    commit(&deps.db, &entries).await.map_err(|source| ReplayError::Apply { position, source })
}

/// Whether one event of a batch is at fault, and those before it are not.
const fn is_of_an_event(error: &ReplayError) -> bool {
    match error {
        ReplayError::Apply { source, .. } => !source.is_away(),
        ReplayError::Unreadable { .. } => true,
        ReplayError::Log(_) | ReplayError::Read(_) | ReplayError::Open(_) | ReplayError::BeyondTheLog { .. } => false,
    }
}

/// Says how it stands, and writes one line when that changes, however often it is tried.
async fn report(deps: &Deps, error: &ReplayError) {
    let standing = if error.is_away() {
        Standing::Away
    } else {
        Standing::Stopped { after: checkpoint::read(&deps.db).await.unwrap_or_default() }
    };
    if *deps.standing.borrow() != standing {
        let error = error as &dyn std::error::Error;
        tracing::error!(error, ?standing, "the read models do not follow the log");
    }
    stands(deps, standing);
}

fn stands(deps: &Deps, standing: Standing) {
    let recovers = |before: &mut Standing| {
        let changed = *before != standing;
        if changed && standing.is_ready() {
            tracing::info!(?before, "the read models follow the log");
        }
        *before = standing;
        changed
    };
    deps.standing.send_if_modified(recovers);
}
