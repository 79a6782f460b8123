//! The accounts as this process knows them, so that the many requests of one account are committed together.
//!
//! A command is decided on the newest state that is on its way into the log, submitted expecting exactly that
//! end of the stream, and the next command is decided on top of it before the first one is answered. The log
//! refuses whatever was decided on a state that did not come to be, so that any number of processes, each with
//! a memory of its own, is correct. Nothing is refused on memory alone: see [`Accounts::attempt`].

mod books;
mod entry;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_events::AccountId;
use aipaygen_events::account::{Account, AccountCommand, AccountEvent};
use aipaygen_journal::{Journal, StreamAppend};
use moka::future::Cache;

use crate::error::Failure;
use entry::{Entry, Step};

/// The events that a command has led to, in the log; none if what it asks for stood already.
pub(crate) type Done = Arc<[AccountEvent]>;

/// A command on its way to an account.
pub(crate) struct Order {
    /// Whose.
    pub(crate) account: AccountId,
    /// What.
    pub(crate) command: AccountCommand,
    /// What must become true with it or not at all, on a stream of its own.
    pub(crate) claim: Option<StreamAppend>,
    /// How long it may wait for others, to share their commit.
    pub(crate) may_wait: Duration,
}

impl Order {
    pub(crate) const fn new(account: AccountId, command: AccountCommand) -> Self {
        Self { account, command, claim: None, may_wait: Duration::ZERO }
    }

    /// Whether others may decide on top of this before it is answered.
    ///
    /// The identity of these events tells all that they do to a balance. A deposit's does not: its reference
    /// could be met with another amount by another process.
    const fn is_built_upon(&self) -> bool {
        match self.command {
            AccountCommand::Charge(_) | AccountCommand::Complete(_) | AccountCommand::Refund(_) => true,
            AccountCommand::Open { .. }
            | AccountCommand::IssueKey(_)
            | AccountCommand::RevokeKey { .. }
            | AccountCommand::Deposit(_) => false,
        }
    }
}

/// Every account that this process has met lately.
pub(crate) struct Accounts {
    journal: Journal,
    entries: Cache<AccountId, Arc<Entry>>,
}

impl Accounts {
    pub(crate) fn new(journal: Journal, cached_max: u64) -> Self {
        Self { journal, entries: Cache::new(cached_max) }
    }

    /// Tries a command once: [`Failure::Stale`] asks for another attempt.
    ///
    /// What it appends is proven by the log. That it is refused, or has nothing to append, is decided on a state
    /// read from the log after the command came in, with nothing in flight: memory may lag behind a deposit that
    /// another process took, and a speculation may fail.
    pub(crate) async fn attempt(&self, order: &Order, deadline: Instant) -> Result<Done, Failure> {
        let arrived = Instant::now();
        let entry = self.entry(order.account).await;
        let turn = entry.turn(deadline).await?;
        entry.know(&self.journal).await?;
        let step = match entry.decide(&self.journal, order, arrived)? {
            Step::Unproven => {
                entry.know_better(&self.journal).await?;
                entry.decide(&self.journal, order, arrived)?
            }
            step @ (Step::Submitted(_) | Step::Proven(_) | Step::Claimed) => step,
        };
        match step {
            Step::Submitted(flight) if order.is_built_upon() => {
                drop(turn);
                flight.land().await
            }
            Step::Submitted(flight) => flight.land().await,
            Step::Proven(nothing_new) => nothing_new.map_err(Failure::Rejected),
            Step::Unproven => Err(Failure::Stale),
            Step::Claimed => {
                drop(turn);
                entry.claim_landed(order).await;
                Err(Failure::Stale)
            }
        }
    }

    /// Looks at an account as the log has it now.
    pub(crate) async fn examine<T>(
        &self,
        account: AccountId,
        deadline: Instant,
        look: impl FnOnce(&Account) -> T,
    ) -> Result<T, Failure> {
        let entry = self.entry(account).await;
        let _turn = entry.turn(deadline).await?;
        entry.know_better(&self.journal).await?;
        entry.look(look).ok_or(Failure::Stale)
    }

    async fn entry(&self, account: AccountId) -> Arc<Entry> {
        self.entries.get_with(account, async { Arc::new(Entry::new(account)) }).await
    }
}
