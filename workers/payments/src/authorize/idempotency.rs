//! An `Idempotency-Key` that comes with a request: what it stands for, and what follows.

use std::time::Instant;

use aipaygen_bus::commands::{Authorization, IdempotencyHashes, Refusal};
use aipaygen_events::account;
use aipaygen_events::idempotency::{self, Claim, IdempotencyEvent, IdempotencyKey, Previous, Rejection};
use aipaygen_events::{AccountId, Event, MicroUsd, Purse, RequestId, StreamId, Timestamp};
use aipaygen_journal::{Expected, StreamAppend};

use super::prepaid::Asked;
use crate::ended::RequestEnd;
use crate::error::Failure;
use crate::lookup;
use crate::payments::Payments;

/// What showing a key leads to.
pub(super) enum Shown {
    /// The request may have the key: this goes with its charge, or neither is appended.
    Unclaimed(StreamAppend),
    /// The request has the key already: this command is a repeat.
    ClaimedByItself,
    /// The key decides the answer.
    Decided(Authorization),
}

/// The stream of a key as it was read.
struct History {
    stream: StreamId,
    end: Expected,
    key: IdempotencyKey,
    /// The request that ran the work of the newest claim again.
    replay: Option<RequestId>,
}

impl Payments {
    /// Shows a key for a request.
    pub(super) async fn show(
        &self,
        asked: Asked<'_>,
        hashes: &IdempotencyHashes,
        deadline: Instant,
    ) -> Result<Shown, Failure> {
        let (command, account) = (asked.command, asked.account);
        let history = self.history(account, hashes).await?;
        let end = match &history.key.claim {
            None => None,
            Some(claim) if claim.request == command.request => return Ok(Shown::ClaimedByItself),
            Some(claim) => RequestEnd::find(&self.journal, claim.request, Purse::Account(account)).await?,
        };
        let decided = idempotency::decide(&history.key, self.claim(asked, hashes, end.as_ref()));
        match decided {
            Ok(claimed @ IdempotencyEvent::Claimed(_)) => Ok(Shown::Unclaimed(history.append(claimed))),
            Ok(replayed @ IdempotencyEvent::Replayed(_)) => {
                self.may_pay(asked, deadline).await?;
                self.journal.append(vec![history.append(replayed)]).await.map_err(lost_race)?;
                self.replay(end).map(Shown::Decided)
            }
            Err(rejection) => {
                self.may_pay(asked, deadline).await?;
                // The command is a repeat of the one that was answered with the replay.
                let repeated = history.replay == Some(command.request);
                let answer = if repeated { self.replay(end) } else { self.rejected(rejection, end) };
                answer.map(Shown::Decided)
            }
        }
    }

    async fn history(&self, account: AccountId, hashes: &IdempotencyHashes) -> Result<History, Failure> {
        let stream = StreamId::idempotency(account, &hashes.key);
        let recorded = lookup::read(&self.journal, &stream, 0).await?;
        let end =
            recorded.last().map_or(Expected::Empty, |last| Expected::Last { version: last.version, id: last.id });
        let mut history = History { stream, end, key: IdempotencyKey::default(), replay: None };
        for event in &recorded {
            history.go_on(lookup::decode(event)?);
        }
        Ok(history)
    }

    fn claim(&self, asked: Asked<'_>, hashes: &IdempotencyHashes, end: Option<&(RequestEnd, Timestamp)>) -> Claim {
        Claim {
            account: asked.account,
            request: asked.command.request,
            request_hash: hashes.request.clone(),
            previous: match end {
                None => Previous::InFlight,
                Some((RequestEnd::Completed(_), at)) => Previous::Completed(*at),
                Some((RequestEnd::Refunded(_), _)) => Previous::Refunded,
            },
            now: self.clock.now(),
        }
    }

    /// Whoever may not pay from the account learns nothing of its requests: asks what a charge of nothing would meet.
    async fn may_pay(&self, asked: Asked<'_>, deadline: Instant) -> Result<(), Failure> {
        let nothing = asked.charge(MicroUsd::ZERO, self.clock.now());
        let decided = self.accounts.examine(asked.account, deadline, |state| account::decide(state, nothing)).await?;
        decided.map(|_| ()).map_err(Failure::Rejected)
    }

    fn replay(&self, end: Option<(RequestEnd, Timestamp)>) -> Result<Authorization, Failure> {
        let (of, receipt) = self.paid(end)?;
        Ok(Authorization::Replay { of, receipt, settled: None })
    }

    fn rejected(&self, rejection: Rejection, end: Option<(RequestEnd, Timestamp)>) -> Result<Authorization, Failure> {
        Ok(Authorization::Refused(match rejection {
            Rejection::InFlight { request } => Refusal::IdempotencyInFlight { request },
            Rejection::OtherRequest { request } => Refusal::IdempotencyOtherRequest { request },
            Rejection::Spent { .. } => {
                let (request, receipt) = self.paid(end)?;
                Refusal::IdempotencySpent { request, receipt }
            }
        }))
    }

    /// The request that was paid, and its receipt.
    fn paid(&self, end: Option<(RequestEnd, Timestamp)>) -> Result<(RequestId, String), Failure> {
        match end {
            Some((RequestEnd::Completed(completed), _)) => {
                Ok((completed.request, self.receipts.of_completed(&completed, None)))
            }
            // Only what was completed is replayed or spent, and an end is for ever.
            None | Some((RequestEnd::Refunded(_), _)) => Err(Failure::Stale),
        }
    }
}

impl History {
    fn go_on(&mut self, event: Event) {
        let Event::Idempotency(event) = event else { return };
        self.replay = match &event {
            IdempotencyEvent::Claimed(_) => None,
            IdempotencyEvent::Replayed(replayed) => Some(replayed.replay),
        };
        self.key = std::mem::take(&mut self.key).evolve(&event);
    }

    fn append(&self, event: IdempotencyEvent) -> StreamAppend {
        let events = vec![Event::from(event).encode()];
        StreamAppend { stream: self.stream.clone(), expected: self.end, events }
    }
}

/// Another copy has run the work again: reading on tells what is left for this one.
fn lost_race(error: aipaygen_journal::AppendError) -> Failure {
    match Failure::from(error) {
        Failure::Exists(_) => Failure::Stale,
        failure @ (Failure::Rejected(_) | Failure::Stale | Failure::Overloaded | Failure::Unavailable) => failure,
    }
}
