//! One account: its commands take turns to decide, and are answered whenever the log answers.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use aipaygen_events::account::{self, Account, AccountEvent, Rejection};
use aipaygen_events::{AccountId, Event, NewEvent, StreamId};
use aipaygen_journal::{Journal, Pending, Recorded, StreamAppend};
use tokio::sync::{Mutex as Turns, MutexGuard as Turn, Notify};
use tokio::time::timeout_at;

use super::books::{Batch, Books, Ticket};
use super::{Done, Order};
use crate::error::Failure;
use crate::lookup;

/// One account of the cache.
pub(super) struct Entry {
    stream: StreamId,
    /// Held from the decision to the submission, so that appends are submitted in the order of their decisions.
    turns: Turns<()>,
    books: Mutex<Books>,
    /// Told whenever something that was in flight is no longer.
    changed: Notify,
}

/// What a decision has led to.
pub(super) enum Step {
    /// An append is on its way.
    Submitted(Flight),
    /// Nothing is to be appended, and that is certain.
    Proven(Result<Done, Rejection>),
    /// Nothing would be appended, going by what may not be so.
    Unproven,
    /// The claim is being made by another command just now.
    Claimed,
}

impl Entry {
    pub(super) fn new(account: AccountId) -> Self {
        let (turns, books, changed) = (Turns::new(()), Mutex::default(), Notify::new());
        Self { stream: StreamId::account(account), turns, books, changed }
    }

    /// Waits for its turn to decide.
    pub(super) async fn turn(&self, deadline: Instant) -> Result<Turn<'_, ()>, Failure> {
        timeout_at(deadline.into(), self.turns.lock()).await.map_err(|_| Failure::Overloaded)
    }

    /// Sees to it that there is a state to decide on. For the holder of the turn.
    pub(super) async fn know(&self, journal: &Journal) -> Result<(), Failure> {
        if self.books().newest().is_some() { Ok(()) } else { self.read(journal).await }
    }

    /// Waits until nothing is in flight, and reads what the log holds then. For the holder of the turn.
    pub(super) async fn know_better(&self, journal: &Journal) -> Result<(), Failure> {
        self.until(Books::is_settled).await;
        self.read(journal).await
    }

    /// Decides on the newest state and submits what follows. For the holder of the turn.
    pub(super) fn decide(
        self: &Arc<Self>,
        journal: &Journal,
        order: &Order,
        arrived: Instant,
    ) -> Result<Step, Failure> {
        let mut books = self.books();
        if order.claim.as_ref().is_some_and(|claim| books.is_claimed(&claim.stream)) {
            return Ok(Step::Claimed);
        }
        let newest = books.newest().ok_or(Failure::Stale)?;
        match account::decide(&newest.account, order.command.clone()) {
            Ok(events) if !events.is_empty() => self.submit(journal, &mut books, order, events).map(Step::Submitted),
            nothing_new if books.is_proven_since(arrived) => Ok(Step::Proven(nothing_new.map(Done::from))),
            Ok(_) | Err(_) => Ok(Step::Unproven),
        }
    }

    fn submit(
        self: &Arc<Self>,
        journal: &Journal,
        books: &mut Books,
        order: &Order,
        events: Vec<AccountEvent>,
    ) -> Result<Flight, Failure> {
        let events: Done = events.into();
        let encoded: Vec<NewEvent> = events.iter().map(|event| Event::from(event.clone()).encode()).collect();
        let ids = encoded.iter().map(|event| event.id).collect();
        let expected = books.newest().ok_or(Failure::Stale)?.end;
        let append = StreamAppend { stream: self.stream.clone(), expected, events: encoded };
        let appends = std::iter::once(append).chain(order.claim.clone()).collect();
        let pending = journal.submit_within(appends, order.may_wait)?;
        let claim = order.claim.as_ref().map(|claim| claim.stream.clone());
        let ticket = books.submitted(Batch { events: Arc::clone(&events), ids, claim });
        Ok(Flight { pending, events, landing: Landing { entry: Arc::clone(self), ticket } })
    }

    /// Waits until the claim of this order is no longer in flight.
    pub(super) async fn claim_landed(&self, order: &Order) {
        if let Some(claim) = &order.claim {
            self.until(|books| !books.is_claimed(&claim.stream)).await;
        }
    }

    /// Looks at the newest state, if there is one.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Account) -> T) -> Option<T> {
        self.books().newest().map(|newest| look(&newest.account))
    }

    async fn read(&self, journal: &Journal) -> Result<(), Failure> {
        let read_at = Instant::now();
        let mut reached = self.books().confirmed().clone();
        for recorded in &lookup::read(journal, &self.stream, reached.version()).await? {
            reached.go_on(&account_event(recorded)?, recorded.id);
        }
        self.books().read(reached, read_at);
        Ok(())
    }

    async fn until(&self, is_so: impl Fn(&Books) -> bool) {
        loop {
            // Made before the look, so that a change in between is not slept through.
            let changed = self.changed.notified();
            if is_so(&self.books()) {
                return;
            }
            changed.await;
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().expect("events that were decided on a state evolve it without a panic")
    }
}

fn account_event(recorded: &Recorded) -> Result<AccountEvent, Failure> {
    match lookup::decode(recorded)? {
        Event::Account(event) => Ok(event),
        Event::Payment(_) | Event::Credit(_) | Event::Idempotency(_) => {
            tracing::error!(position = recorded.position, "an event of another kind is on the stream of an account");
            Err(Failure::Unavailable)
        }
    }
}

/// An append on its way into the log.
pub(super) struct Flight {
    pending: Pending,
    events: Done,
    landing: Landing,
}

impl Flight {
    /// Awaits how it ends. No deadline: whether money has moved must be known before anybody is told.
    pub(super) async fn land(self) -> Result<Done, Failure> {
        let Self { pending, events, landing } = self;
        pending.await?;
        landing.landed();
        Ok(events)
    }
}

/// Tells the books how an append has ended; dropped without an answer, that nobody knows.
struct Landing {
    entry: Arc<Entry>,
    ticket: Option<Ticket>,
}

impl Landing {
    fn landed(mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.entry.books().landed(ticket);
            self.entry.changed.notify_waiters();
        }
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.entry.books().lost(ticket);
            self.entry.changed.notify_waiters();
        }
    }
}
