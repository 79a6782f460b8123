//! How a request has ended, as the log recorded it: the one event that bears the identity of its end.

use aipaygen_events::account::{AccountEvent, RequestCompleted, RequestRefunded};
use aipaygen_events::{AccountId, Event, RequestId, Timestamp};
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
    /// Looks up how a request of this account has ended, and when.
    pub(crate) async fn find(
        journal: &Journal,
        request: RequestId,
        account: AccountId,
    ) -> Result<Option<(Self, Timestamp)>, Failure> {
        let Some(recorded) = lookup::find(journal, AccountEvent::end_of(request)).await? else { return Ok(None) };
        let end = match lookup::decode(&recorded)? {
            Event::Account(event) => Self::of(&event),
            Event::Idempotency(_) => None,
        };
        Ok(end.filter(|end| end.account() == account).map(|end| (end, recorded.at)))
    }

    /// The end in this event, if it is one.
    pub(crate) fn of(event: &AccountEvent) -> Option<Self> {
        match event {
            AccountEvent::Completed(completed) => Some(Self::Completed(completed.clone())),
            AccountEvent::Refunded(refunded) => Some(Self::Refunded(refunded.clone())),
            AccountEvent::Opened(_)
            | AccountEvent::KeyIssued(_)
            | AccountEvent::KeyRevoked(_)
            | AccountEvent::Deposited(_)
            | AccountEvent::Charged(_)
            | AccountEvent::CreditApplied(_) => None,
        }
    }

    const fn account(&self) -> AccountId {
        match self {
            Self::Completed(completed) => completed.account,
            Self::Refunded(refunded) => refunded.account,
        }
    }
}
