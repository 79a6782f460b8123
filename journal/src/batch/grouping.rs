//! However appends are grouped into batches, each gets the same answer and the log becomes the same.

use aipaygen_events::{EventId, NewEvent, StreamId, Timestamp};
use proptest::prelude::*;

use super::{Batch, Known, events_of};
use crate::{Expected, Head, Recorded, StreamAppend, hash};

/// A log in memory.
#[derive(Clone, Debug, Default, PartialEq)]
struct Log(Vec<Recorded>);

impl Log {
    /// What a store would say of everything at once.
    fn known(&self) -> Known {
        let mut known = Known::default();
        for event in &self.0 {
            known.head = Head { position: event.position, hash: event.hash };
            known.ends.insert(event.stream.clone(), (event.version, event.id));
            known.existing.insert(event.id, event.clone());
        }
        known
    }

    /// Decides a batch and writes it; gives the answers as text, to be compared.
    fn write(&mut self, appends: &[Vec<StreamAppend>]) -> Vec<String> {
        let mut batch = Batch::new(self.known(), Timestamp::from_micros(7));
        let answers = appends.iter().map(|append| format!("{:?}", batch.decide(append, &mut Vec::new()))).collect();
        self.0.extend_from_slice(batch.events());
        answers
    }

    fn end(&self, stream: &StreamId) -> Expected {
        let (version, id) = match self.known().ends.get(stream) {
            Some(end) => *end,
            None => return Expected::Empty,
        };
        Expected::Last { version, id }
    }
}

/// One part of an append: its stream, whether it was decided on what is so, and the names of its events.
type Part = (u8, bool, Vec<u8>);

/// Few streams and few names, so that appends meet.
fn parts() -> impl Strategy<Value = Vec<Part>> {
    let part = |stream| (Just(stream), prop::bool::weighted(0.8), prop::collection::vec(0..60u8, 0..3));
    prop_oneof![
        part(0).prop_map(|a| vec![a]),
        part(1).prop_map(|b| vec![b]),
        (part(1), part(2)).prop_map(|(b, c)| vec![b, c])
    ]
}

fn append(log: &Log, parts: &[Part]) -> Vec<StreamAppend> {
    let part = |(stream, is_fresh, names): &Part| {
        let stream = StreamId::from_stored(format!("stream-{stream}"));
        let stale = Expected::Last { version: 1, id: EventId::named("stale") };
        let expected = if *is_fresh { log.end(&stream) } else { stale };
        StreamAppend { stream, expected, events: names.iter().map(event).collect() }
    };
    parts.iter().map(part).collect()
}

fn event(name: &u8) -> NewEvent {
    NewEvent { id: EventId::named(&name.to_string()), kind: "test.happened", schema: 1, data: vec![*name] }
}

fn names_an_event_twice(append: &[StreamAppend]) -> bool {
    let mut ids: Vec<_> = events_of(append).map(|event| event.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    ids.len() < count
}

proptest! {
    #[test]
    fn grouping_changes_nothing(decisions in prop::collection::vec((parts(), 1..6usize), 1..40)) {
        let (mut alone, mut appends, mut answers) = (Log::default(), Vec::new(), Vec::new());
        for (parts, _) in &decisions {
            let append = append(&alone, parts);
            if !names_an_event_twice(&append) {
                answers.append(&mut alone.write(std::slice::from_ref(&append)));
                appends.push(append);
            }
        }
        let (mut grouped, mut grouped_answers, mut rest) = (Log::default(), Vec::new(), appends.as_slice());
        for (_, size) in decisions.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (batch, after) = rest.split_at((*size).min(rest.len()));
            grouped_answers.append(&mut grouped.write(batch));
            rest = after;
        }
        prop_assert_eq!(grouped_answers, answers);
        prop_assert_eq!(&grouped, &alone);
        let mut head = Head::default();
        for event in &grouped.0 {
            prop_assert_eq!(event.position, head.position + 1);
            prop_assert_eq!(event.hash, hash::link(&head.hash, event));
            head = Head { position: event.position, hash: event.hash };
        }
    }
}
