//! Deciding a batch of appends in memory: in order, a later one seeing the earlier ones. Pure.

#[cfg(test)]
mod grouping;

use std::collections::HashMap;

use aipaygen_events::{EventId, NewEvent, StreamId, Timestamp};

use crate::{AppendError, Appended, Expected, Head, Recorded, StreamAppend, hash};

/// What the log says of the streams and identities that a batch names.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) head: Head,
    /// The last event of each stream that has one.
    pub(crate) ends: HashMap<StreamId, (u64, EventId)>,
    /// Events that bear an identity of the batch already.
    pub(crate) existing: HashMap<EventId, Recorded>,
}

/// The hash of an append's last event in each attempt to write it: how an append knows its own event again. The
/// identity does not tell it from another append of the same event.
pub(crate) type Attempts = Vec<[u8; 32]>;

/// A batch while it is being decided.
#[derive(Debug)]
pub(crate) struct Batch {
    known: Known,
    at: Timestamp,
    events: Vec<Recorded>,
    /// Where in `events` an identity is.
    staged: HashMap<EventId, usize>,
}

impl Batch {
    pub(crate) fn new(known: Known, at: Timestamp) -> Self {
        Self { known, at, events: Vec::new(), staged: HashMap::new() }
    }

    /// What is to be written.
    pub(crate) fn events(&self) -> &[Recorded] {
        &self.events
    }

    /// The end of the log once it is.
    pub(crate) const fn head(&self) -> Head {
        self.known.head
    }

    /// Takes an append into the batch, whole or not at all, and notes the attempt.
    pub(crate) fn decide(
        &mut self,
        append: &[StreamAppend],
        attempts: &mut Attempts,
    ) -> Result<Appended, AppendError> {
        if let Some(existing) = events_of(append).find_map(|event| self.recorded(event.id)) {
            let duplicate = || AppendError::Duplicate { existing: Box::new(existing.clone()) };
            return self.made_before(append, attempts).ok_or_else(duplicate);
        }
        if let Some(gone_on) = append.iter().find(|part| !self.ends_at(&part.stream, part.expected)) {
            return Err(AppendError::Conflict { stream: gone_on.stream.clone() });
        }
        for part in append {
            for event in &part.events {
                self.stage(&part.stream, event);
            }
        }
        attempts.push(self.known.head.hash);
        Ok(Appended { position: self.known.head.position })
    }

    /// Whether the log holds this append because a commit of ours, whose answer was lost, was made after all.
    pub(crate) fn made_before(&self, append: &[StreamAppend], attempts: &Attempts) -> Option<Appended> {
        let last = self.known.existing.get(&events_of(append).last()?.id)?;
        attempts.contains(&last.hash).then_some(Appended { position: last.position })
    }

    fn recorded(&self, id: EventId) -> Option<&Recorded> {
        self.known.existing.get(&id).or_else(|| self.staged.get(&id).map(|&index| &self.events[index]))
    }

    fn ends_at(&self, stream: &StreamId, expected: Expected) -> bool {
        let end = self.known.ends.get(stream).copied();
        match expected {
            Expected::Empty => end.is_none(),
            Expected::Last { version, id } => end == Some((version, id)),
        }
    }

    fn stage(&mut self, stream: &StreamId, event: &NewEvent) {
        let version = self.known.ends.get(stream).map_or(1, |(version, _)| version + 1);
        let mut recorded = Recorded {
            position: self.known.head.position + 1,
            stream: stream.clone(),
            version,
            kind: event.kind.to_owned(),
            schema: event.schema,
            data: event.data.clone(),
            id: event.id,
            at: self.at,
            hash: [0; 32],
        };
        recorded.hash = hash::link(&self.known.head.hash, &recorded);
        self.known.head = Head { position: recorded.position, hash: recorded.hash };
        self.known.ends.insert(stream.clone(), (version, event.id));
        self.staged.insert(event.id, self.events.len());
        self.events.push(recorded);
    }
}

pub(crate) fn events_of(append: &[StreamAppend]) -> impl Iterator<Item = &NewEvent> {
    append.iter().flat_map(|part| &part.events)
}
