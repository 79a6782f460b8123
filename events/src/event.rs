//! An event as the log keeps it: a stable kind, a schema number, canonical bytes.

use serde::{Serialize, de::DeserializeOwned};

use crate::EventId;
use crate::account::{
    AccountEvent, AccountOpened, CreditApplied, FundsDeposited, KeyIssued, KeyRevoked, RequestCharged,
    RequestCompleted, RequestRefunded,
};
use crate::idempotency::{IdempotencyClaimed, IdempotencyEvent, IdempotencyReplayed};

/// Every event of every stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// On a stream `account-…`.
    Account(AccountEvent),
    /// On a stream `idempotency-…`.
    Idempotency(IdempotencyEvent),
}

/// An event on its way into the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Derived from what must not happen twice; the log holds it once.
    pub id: EventId,
    /// Stable text, such as `request.charged`.
    pub kind: &'static str,
    /// The version of the shape of this kind.
    pub schema: i32,
    /// The canonical JSON (RFC 8785) that is hashed and stored, byte for byte.
    pub data: Vec<u8>,
}

/// A stored event that this build cannot read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The kind and schema are none that this build knows.
    #[error("unknown event kind {kind} in schema {schema}")]
    UnknownKind {
        /// As stored.
        kind: String,
        /// As stored.
        schema: i32,
    },
    /// The bytes are not of the shape of their kind.
    #[error("the data of a {kind} event is malformed")]
    Malformed {
        /// As stored.
        kind: String,
        /// What serde says. Events hold no payload, so this may be logged.
        #[source]
        source: serde_json::Error,
    },
}

/// The shape that every kind has today. A changed meaning becomes schema 2 and an upcast in [`Event::decode`].
const SCHEMA: i32 = 1;

impl Event {
    /// The stable text of the kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Account(event) => match event {
                AccountEvent::Opened(_) => "account.opened",
                AccountEvent::KeyIssued(_) => "key.issued",
                AccountEvent::KeyRevoked(_) => "key.revoked",
                AccountEvent::Deposited(_) => "funds.deposited",
                AccountEvent::Charged(_) => "request.charged",
                AccountEvent::Completed(_) => "request.completed",
                AccountEvent::Refunded(_) => "request.refunded",
                AccountEvent::CreditApplied(_) => "credit.applied",
            },
            Self::Idempotency(event) => match event {
                IdempotencyEvent::Claimed(_) => "idempotency.claimed",
                IdempotencyEvent::Replayed(_) => "idempotency.replayed",
            },
        }
    }

    /// The identity, derived from what must not happen twice.
    #[must_use]
    pub fn id(&self) -> EventId {
        match self {
            Self::Account(event) => event.id(),
            Self::Idempotency(event) => event.id(),
        }
    }

    /// The event as the log takes it.
    #[must_use]
    pub fn encode(&self) -> NewEvent {
        let data = match self {
            Self::Account(event) => match event {
                AccountEvent::Opened(e) => canonical(e),
                AccountEvent::KeyIssued(e) => canonical(e),
                AccountEvent::KeyRevoked(e) => canonical(e),
                AccountEvent::Deposited(e) => canonical(e),
                AccountEvent::Charged(e) => canonical(e),
                AccountEvent::Completed(e) => canonical(e),
                AccountEvent::Refunded(e) => canonical(e),
                AccountEvent::CreditApplied(e) => canonical(e),
            },
            Self::Idempotency(event) => match event {
                IdempotencyEvent::Claimed(e) => canonical(e),
                IdempotencyEvent::Replayed(e) => canonical(e),
            },
        };
        NewEvent { id: self.id(), kind: self.kind(), schema: SCHEMA, data }
    }

    /// The event as the log gives it back.
    pub fn decode(kind: &str, schema: i32, data: &[u8]) -> Result<Self, DecodeError> {
        if schema != SCHEMA {
            return Err(DecodeError::UnknownKind { kind: kind.to_owned(), schema });
        }
        Ok(match kind {
            "account.opened" => AccountEvent::Opened(parse::<AccountOpened>(kind, data)?).into(),
            "key.issued" => AccountEvent::KeyIssued(parse::<KeyIssued>(kind, data)?).into(),
            "key.revoked" => AccountEvent::KeyRevoked(parse::<KeyRevoked>(kind, data)?).into(),
            "funds.deposited" => AccountEvent::Deposited(parse::<FundsDeposited>(kind, data)?).into(),
            "request.charged" => AccountEvent::Charged(parse::<RequestCharged>(kind, data)?).into(),
            "request.completed" => AccountEvent::Completed(parse::<RequestCompleted>(kind, data)?).into(),
            "request.refunded" => AccountEvent::Refunded(parse::<RequestRefunded>(kind, data)?).into(),
            "credit.applied" => AccountEvent::CreditApplied(parse::<CreditApplied>(kind, data)?).into(),
            "idempotency.claimed" => IdempotencyEvent::Claimed(parse::<IdempotencyClaimed>(kind, data)?).into(),
            "idempotency.replayed" => IdempotencyEvent::Replayed(parse::<IdempotencyReplayed>(kind, data)?).into(),
            _ => return Err(DecodeError::UnknownKind { kind: kind.to_owned(), schema }),
        })
    }
}

impl From<AccountEvent> for Event {
    fn from(event: AccountEvent) -> Self {
        Self::Account(event)
    }
}

impl From<IdempotencyEvent> for Event {
    fn from(event: IdempotencyEvent) -> Self {
        Self::Idempotency(event)
    }
}

fn canonical<T: Serialize>(event: &T) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(event).expect("events are plain structs of text and integers")
}

fn parse<T: DeserializeOwned>(kind: &str, data: &[u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(data).map_err(|source| DecodeError::Malformed { kind: kind.to_owned(), source })
}
