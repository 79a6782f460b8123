//! A real log, into which a test writes what it wants.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};

use aipaygen_events::account::AccountEvent;
use aipaygen_events::{Event, NewEvent, StreamId, Timestamp};
use aipaygen_journal::{Expected, Journal, StreamAppend};

use super::Store;
use super::events::{SECOND, account};

/// The log of a store, and where each stream in it ends.
pub(crate) struct Log {
    pub(crate) journal: Journal,
    ends: HashMap<u128, Expected>,
}

impl Log {
    /// Opens the log; its clock goes on by a second with each commit.
    pub(crate) async fn open(store: &Store) -> Self {
        let ticks = AtomicI64::new(1);
        let clock = move || Timestamp::from_micros(ticks.fetch_add(1, Ordering::Relaxed) * SECOND);
        Self { journal: Journal::open(&store.settings, clock).await.unwrap(), ends: HashMap::new() }
    }

    /// Appends to a customer's stream, atomically; gives the position of the last event.
    pub(crate) async fn append(&mut self, customer: u128, events: impl IntoIterator<Item = AccountEvent>) -> u64 {
        let events = events.into_iter().map(|event| Event::from(event).encode()).collect();
        self.append_raw(customer, events).await
    }

    /// Appends what nobody has decided.
    pub(crate) async fn append_raw(&mut self, customer: u128, events: Vec<NewEvent>) -> u64 {
        let expected = self.ends.get(&customer).copied().unwrap_or(Expected::Empty);
        let end = (version(expected) + events.len() as u64, events.last().unwrap().id);
        let stream = StreamId::account(account(customer));
        let appended = self.journal.append(vec![StreamAppend { stream, expected, events }]).await.unwrap();
        self.ends.insert(customer, Expected::Last { version: end.0, id: end.1 });
        appended.position
    }
}

fn version(end: Expected) -> u64 {
    match end {
        Expected::Empty => 0,
        Expected::Last { version, .. } => version,
    }
}
