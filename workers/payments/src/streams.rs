//! Short streams, of one payment or of one voucher: read whole, decided on, and appended to expecting that end.
//!
//! Nothing is remembered between two commands: hardly any stream is asked twice.

use std::time::Duration;

use aipaygen_bus::commands::Settled;
use aipaygen_events::account::{Complete, Refund};
use aipaygen_events::credit::{self, Credit, CreditCommand, CreditEvent};
use aipaygen_events::payment::{self, Payment, PaymentCommand, PaymentEvent, Standing};
use aipaygen_events::{CreditId, Event, PaymentId, StreamId, Timestamp};
use aipaygen_journal::{Expected, Journal, StreamAppend};

use crate::error::Failure;
use crate::lookup;
use crate::payment::settled;

/// What lives on a short stream.
pub(crate) trait Short: Default {
    /// Its identity.
    type Id: Copy;
    /// Its events.
    type Event: Clone + Into<Event>;
    /// Its stream.
    fn stream(id: Self::Id) -> StreamId;
    /// Its event, if it is one.
    fn event(event: Event) -> Option<Self::Event>;
    /// The state after one more event.
    #[must_use]
    fn evolve(self, event: &Self::Event) -> Self;
    /// The end of a charge on it.
    fn end(&self, end: EndOf) -> Result<Vec<Self::Event>, Unended>;
    /// How the money came on a chain, if it did.
    fn settled(&self) -> Option<Settled>;
}

/// How a charge is to end.
pub(crate) enum EndOf {
    /// Its request was answered.
    Complete(Complete),
    /// Its request failed.
    Refund(Refund),
}

/// Why a charge is not ended.
pub(crate) enum Unended {
    /// There is none, or it has ended.
    NotOpen,
    /// There may be one yet.
    Undecided,
    /// It is kept or given back whole.
    NotSplit,
}

/// A short stream as it was read.
pub(crate) struct Opened<S: Short> {
    stream: StreamId,
    end: Expected,
    pub(crate) state: S,
    /// When its first event was committed.
    pub(crate) since: Option<Timestamp>,
}

impl<S: Short> Opened<S> {
    /// Reads a stream.
    pub(crate) async fn read(journal: &Journal, id: S::Id) -> Result<Self, Failure> {
        let stream = S::stream(id);
        let mut opened = Self { stream, end: Expected::Empty, state: S::default(), since: None };
        for recorded in &lookup::read(journal, &opened.stream, 0).await? {
            let Some(event) = S::event(lookup::decode(recorded)?) else {
                tracing::error!(position = recorded.position, "an event of another kind is on this stream");
                return Err(Failure::Unavailable);
            };
            opened.state = std::mem::take(&mut opened.state).evolve(&event);
            opened.end = Expected::Last { version: recorded.version, id: recorded.id };
            opened.since.get_or_insert(recorded.at);
        }
        Ok(opened)
    }

    /// A stream that is expected to be new.
    pub(crate) fn new(id: S::Id) -> Self {
        Self { stream: S::stream(id), end: Expected::Empty, state: S::default(), since: None }
    }

    /// What appends these events, if the stream still ends where it was read.
    pub(crate) fn append(&self, events: &[S::Event]) -> StreamAppend {
        let events = events.iter().map(|event| event.clone().into().encode()).collect();
        StreamAppend { stream: self.stream.clone(), expected: self.end, events }
    }

    /// The state that these events lead to.
    pub(crate) fn after(self, events: &[S::Event]) -> S {
        events.iter().fold(self.state, |state, event| state.evolve(event))
    }
}

/// Appends to several streams, all or nothing. That somebody else came first is [`Failure::Stale`], whatever they did:
/// reading on tells.
pub(crate) async fn append(journal: &Journal, appends: Vec<StreamAppend>) -> Result<(), Failure> {
    append_within(journal, appends, Duration::ZERO).await
}

/// The same for what nobody waits for: it may wait so long for others, to share their commit.
pub(crate) async fn append_within(
    journal: &Journal,
    appends: Vec<StreamAppend>,
    may_wait: Duration,
) -> Result<(), Failure> {
    let appends: Vec<_> = appends.into_iter().filter(|append| !append.events.is_empty()).collect();
    if appends.is_empty() {
        return Ok(());
    }
    match journal.submit_within(appends, may_wait)?.await.map_err(Failure::from) {
        Ok(_) => Ok(()),
        Err(Failure::Exists(_)) => Err(Failure::Stale),
        Err(failure) => Err(failure),
    }
}

impl Short for Payment {
    type Id = PaymentId;
    type Event = PaymentEvent;

    fn stream(id: PaymentId) -> StreamId {
        StreamId::payment(id)
    }

    fn event(event: Event) -> Option<PaymentEvent> {
        match event {
            Event::Payment(event) => Some(event),
            Event::Account(_) | Event::Credit(_) | Event::Idempotency(_) => None,
        }
    }

    fn evolve(self, event: &PaymentEvent) -> Self {
        Self::evolve(self, event)
    }

    fn end(&self, end: EndOf) -> Result<Vec<PaymentEvent>, Unended> {
        let command = match end {
            EndOf::Complete(complete) => PaymentCommand::Complete(complete),
            EndOf::Refund(refund) => PaymentCommand::Refund(refund),
        };
        payment::decide(self, command).map_err(|rejection| match (rejection, &self.standing) {
            (payment::Rejection::NotSplit, _) => Unended::NotSplit,
            (payment::Rejection::NotClaimed, _) => Unended::NotOpen,
            (_, Standing::Open | Standing::Unknown { .. }) => Unended::Undecided,
            (_, Standing::Failed { .. } | Standing::Settled(_)) => Unended::NotOpen,
        })
    }

    fn settled(&self) -> Option<Settled> {
        settled(self)
    }
}

impl Short for Credit {
    type Id = CreditId;
    type Event = CreditEvent;

    fn stream(id: CreditId) -> StreamId {
        StreamId::credit(id)
    }

    fn event(event: Event) -> Option<CreditEvent> {
        match event {
            Event::Credit(event) => Some(event),
            Event::Account(_) | Event::Payment(_) | Event::Idempotency(_) => None,
        }
    }

    fn evolve(self, event: &CreditEvent) -> Self {
        Self::evolve(self, event)
    }

    fn end(&self, end: EndOf) -> Result<Vec<CreditEvent>, Unended> {
        let command = match end {
            EndOf::Complete(complete) => CreditCommand::Complete(complete),
            EndOf::Refund(refund) => CreditCommand::Refund(refund),
        };
        credit::decide(self, command).map_err(|rejection| match rejection {
            credit::Rejection::NotSplit => Unended::NotSplit,
            credit::Rejection::Unknown
            | credit::Rejection::Expired
            | credit::Rejection::Insufficient { .. }
            | credit::Rejection::Shown
            | credit::Rejection::Exists
            | credit::Rejection::AlreadyCharged
            | credit::Rejection::NoOpenCharge
            | credit::Rejection::NotYet => Unended::NotOpen,
        })
    }

    fn settled(&self) -> Option<Settled> {
        None
    }
}
