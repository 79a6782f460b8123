//! What is known of one account: what the log holds, and what it will hold once what is in flight has landed.
//! Bookkeeping only; no locks and no I/O.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use aipaygen_events::account::{Account, AccountEvent};
use aipaygen_events::{EventId, StreamId};
use aipaygen_journal::Expected;

/// An account at an end of its stream.
#[derive(Clone, Debug)]
pub(super) struct Reached {
    pub(super) account: Account,
    pub(super) end: Expected,
}

impl Reached {
    /// How many events lead here.
    pub(super) const fn version(&self) -> u64 {
        match self.end {
            Expected::Empty => 0,
            Expected::Last { version, .. } => version,
        }
    }

    /// The next event has happened.
    pub(super) fn go_on(&mut self, event: &AccountEvent, id: EventId) {
        self.account = std::mem::take(&mut self.account).evolve(event);
        self.end = Expected::Last { version: self.version() + 1, id };
    }
}

impl Default for Reached {
    fn default() -> Self {
        Self { account: Account::default(), end: Expected::Empty }
    }
}

/// The events of one append.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) events: Arc<[AccountEvent]>,
    pub(super) ids: Vec<EventId>,
    /// The stream of the claim that goes with it, if one does.
    pub(super) claim: Option<StreamId>,
}

/// Names an append in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    speculation: u64,
    version: u64,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Books {
    confirmed: Reached,
    /// `None` until the tail of the stream is read, again.
    speculative: Option<Reached>,
    in_flight: VecDeque<(Ticket, Batch)>,
    /// Counts up whenever a speculation is given up, so that late answers to the old one are told apart.
    speculation: u64,
    read_at: Option<Instant>,
}

impl Books {
    /// The newest state, if there is one to decide on.
    pub(super) const fn newest(&self) -> Option<&Reached> {
        self.speculative.as_ref()
    }

    /// What the log is known to hold.
    pub(super) const fn confirmed(&self) -> &Reached {
        &self.confirmed
    }

    /// Whether nothing is in flight.
    pub(super) fn is_settled(&self) -> bool {
        self.in_flight.is_empty()
    }

    /// Whether the newest state was read from the log after this moment and nothing was built upon it.
    pub(super) fn is_proven_since(&self, moment: Instant) -> bool {
        self.is_settled() && self.speculative.is_some() && self.read_at.is_some_and(|read_at| read_at >= moment)
    }

    /// Whether a claim on this stream is in flight.
    pub(super) fn is_claimed(&self, stream: &StreamId) -> bool {
        self.in_flight.iter().any(|(_, batch)| batch.claim.as_ref() == Some(stream))
    }

    /// The log, read at this moment, has the account here.
    pub(super) fn read(&mut self, reached: Reached, read_at: Instant) {
        self.give_up();
        self.speculative = Some(reached.clone());
        self.confirmed = reached;
        self.read_at = Some(read_at);
    }

    /// An append was submitted on the newest state.
    pub(super) fn submitted(&mut self, batch: Batch) -> Option<Ticket> {
        let newest = self.speculative.as_mut()?;
        batch.events.iter().zip(&batch.ids).for_each(|(event, id)| newest.go_on(event, *id));
        let ticket = Ticket { speculation: self.speculation, version: newest.version() };
        self.in_flight.push_back((ticket, batch));
        Some(ticket)
    }

    /// An append is in the log, and with it everything that it was decided on.
    pub(super) fn landed(&mut self, ticket: Ticket) {
        while let Some((_, batch)) = self.in_flight.pop_front_if(|(first, _)| first.is_due(ticket)) {
            batch.events.iter().zip(&batch.ids).for_each(|(event, id)| self.confirmed.go_on(event, *id));
        }
    }

    /// An append is not in the log, or nobody knows: what was built upon it falls with it.
    pub(super) fn lost(&mut self, ticket: Ticket) {
        // One that is no longer in flight has landed with a later one, or fell with an earlier one.
        if self.in_flight.iter().any(|(in_flight, _)| *in_flight == ticket) {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        self.speculation += 1;
        self.speculative = None;
        self.in_flight.clear();
    }
}

impl Ticket {
    const fn is_due(self, landed: Self) -> bool {
        self.speculation == landed.speculation && self.version <= landed.version
    }
}

#[cfg(test)]
mod tests;
