//! An `Idempotency-Key`: one charge for one key, however often and however concurrently it is shown.
//!
//! One stream a key, `idempotency-<account>-<keyed hash of the key>`. A claim is appended in one atomic
//! append with the charge that it stands for, expecting the stream as it was read, so that fifty copies
//! at once meet each other here. The stream holds hashes and request ids, never a key or a body.

use serde::{Deserialize, Serialize};

use crate::{AccountId, EventId, RequestId, Timestamp};

/// How long after completion the same key runs the work once more without a charge, in milliseconds.
pub const REPLAY_WINDOW_MS: u64 = 10 * 60 * 1_000;

/// One event on the stream of an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdempotencyEvent {
    /// `idempotency.claimed`
    Claimed(IdempotencyClaimed),
    /// `idempotency.replayed`
    Replayed(IdempotencyReplayed),
}

impl IdempotencyEvent {
    /// The identity of this event: a request claims once, and is replayed once.
    #[must_use]
    pub fn id(&self) -> EventId {
        EventId::named(&match self {
            Self::Claimed(e) => format!("idempotency.claimed:{}", e.request),
            Self::Replayed(e) => format!("idempotency.replayed:{}", e.request),
        })
    }
}

/// A request was charged under this key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdempotencyClaimed {
    /// Whose key.
    pub account: AccountId,
    /// The request that the key stands for from now on.
    pub request: RequestId,
    /// Keyed hash, in hex, of method, route and body.
    pub request_hash: String,
}

/// The work of a completed request is run once more, without a charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdempotencyReplayed {
    /// Whose key.
    pub account: AccountId,
    /// The request that was paid.
    pub request: RequestId,
    /// The request that runs the work again.
    pub replay: RequestId,
}

/// What a key stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The newest claim.
    pub claim: Option<Claimed>,
}

/// A claim as the next decision needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The request.
    pub request: RequestId,
    /// Keyed hash of method, route and body.
    pub request_hash: String,
    /// Whether the work has been run once more.
    pub replayed: bool,
}

/// Shows a key for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Whose key.
    pub account: AccountId,
    /// The request that shows it.
    pub request: RequestId,
    /// Keyed hash of method, route and body.
    pub request_hash: String,
    /// How the request that claimed last has ended, read from the log.
    pub previous: Previous,
    /// The moment of the decision.
    pub now: Timestamp,
}

/// How the request of the newest claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Previous {
    /// It has no end yet, or there is no claim.
    InFlight,
    /// It was answered at this moment.
    Completed(Timestamp),
    /// It was refunded, which frees the key.
    Refunded,
}

/// Why a key cannot be used for this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The same key is at work: 409.
    #[error("a request with this idempotency key is in flight")]
    InFlight {
        /// Which request.
        request: RequestId,
    },
    /// The key stands for another method, route or body: 422.
    #[error("this idempotency key was used for another request")]
    OtherRequest {
        /// Which request.
        request: RequestId,
    },
    /// The window for running the work again has passed, or was used: 409 with the receipt.
    #[error("this idempotency key is spent")]
    Spent {
        /// Which request.
        request: RequestId,
    },
}

impl IdempotencyKey {
    /// The state after one more event.
    #[must_use]
    pub fn evolve(mut self, event: &IdempotencyEvent) -> Self {
        match event {
            IdempotencyEvent::Claimed(e) => {
                let request_hash = e.request_hash.clone();
                self.claim = Some(Claimed { request: e.request, request_hash, replayed: false });
            }
            IdempotencyEvent::Replayed(_) => {
                if let Some(claim) = &mut self.claim {
                    claim.replayed = true;
                }
            }
        }
        self
    }
}

/// What showing a key leads to: a claim, which goes with a charge, or a replay, which goes without.
pub fn decide(key: &IdempotencyKey, command: Claim) -> Result<IdempotencyEvent, Rejection> {
    let Claim { account, request, request_hash, previous, now } = command;
    let other_request = key.claim.as_ref().is_some_and(|claim| claim.request_hash != request_hash);
    let claimed = IdempotencyEvent::Claimed(IdempotencyClaimed { account, request, request_hash });
    let Some(claim) = &key.claim else { return Ok(claimed) };
    match previous {
        Previous::Refunded => Ok(claimed),
        Previous::InFlight | Previous::Completed(_) if other_request => {
            Err(Rejection::OtherRequest { request: claim.request })
        }
        Previous::InFlight => Err(Rejection::InFlight { request: claim.request }),
        Previous::Completed(at) if !claim.replayed && now.ms_since(at) <= REPLAY_WINDOW_MS => {
            let paid = claim.request;
            Ok(IdempotencyEvent::Replayed(IdempotencyReplayed { account, request: paid, replay: request }))
        }
        Previous::Completed(_) => Err(Rejection::Spent { request: claim.request }),
    }
}

#[cfg(test)]
mod specs;
