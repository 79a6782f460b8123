//! One append on its way through the writer, and who waits for it.

use aipaygen_events::{EventId, StreamId};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Answer;
use crate::batch::{Attempts, Batch, events_of};
use crate::{Appended, StreamAppend};

pub(crate) struct Request {
    append: Vec<StreamAppend>,
    attempts: Attempts,
    due: Instant,
    answer: oneshot::Sender<Answer>,
}

impl Request {
    pub(crate) const fn new(append: Vec<StreamAppend>, due: Instant, answer: oneshot::Sender<Answer>) -> Self {
        Self { append, attempts: Attempts::new(), due, answer }
    }

    /// Until when it may wait for company.
    pub(super) const fn due(&self) -> Instant {
        self.due
    }

    pub(super) fn decide(&mut self, batch: &mut Batch) -> Answer {
        batch.decide(&self.append, &mut self.attempts)
    }

    pub(super) fn made_before(&self, batch: &Batch) -> Option<Appended> {
        batch.made_before(&self.append, &self.attempts)
    }

    /// Whoever asked may have gone: the append stands all the same.
    pub(super) fn answer(self, answer: Answer) {
        let _gone = self.answer.send(answer);
    }
}

/// The streams that a batch names, each once.
pub(super) fn streams(batch: &[Request]) -> Vec<&StreamId> {
    let mut streams: Vec<_> = batch.iter().flat_map(|request| &request.append).map(|part| &part.stream).collect();
    streams.sort_unstable();
    streams.dedup();
    streams
}

/// The identities of the events of a batch, each once.
pub(super) fn ids(batch: &[Request]) -> Vec<EventId> {
    let mut ids: Vec<_> = batch.iter().flat_map(|request| events_of(&request.append)).map(|event| event.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
