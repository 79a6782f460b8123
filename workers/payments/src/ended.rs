//! How a request has ended, as the log recorded it: the one event that bears the identity of its end.

use aipaygen_events::account::{RequestCompleted, RequestRefunded};
use aipaygen_events::request::{RequestEvent, end_of};
use aipaygen_events::{Event, Purse, RequestId, Timestamp};
use aipaygen_journal::Journal;

use crate::error::Failure;
use crate::lookup;

/// The one end of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RequestEnd {
    /// It was answered.
    Completed(RequestCompleted),
    /// It was given back.
    Refunded(RequestRefunded),
}

impl RequestEnd {
    /// Looks up how a request that this has paid for has ended, and when.
    pub(crate) async fn find(
        journal: &Journal,
        request: RequestId,
        purse: Purse,
    ) -> Result<Option<(Self, Timestamp)>, Failure> {
        let Some(recorded) = lookup::find(journal, end_of(request)).await? else { return Ok(None) };
        let end = Self::of(&lookup::decode(&recorded)?);
        Ok(end.filter(|end| end.purse() == purse).map(|end| (end, recorded.at)))
    }

    /// The end in this event, if it is one.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        match event.request()? {
            RequestEvent::Completed(completed) => Some(Self::Completed(completed.clone())),
            RequestEvent::Refunded(refunded) => Some(Self::Refunded(refunded.clone())),
            RequestEvent::Charged(_) => None,
        }
    }

    const fn purse(&self) -> Purse {
        match self {
            Self::Completed(completed) => completed.purse(),
            Self::Refunded(refunded) => refunded.purse(),
        }
    }
}
