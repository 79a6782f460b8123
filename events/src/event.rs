//! An event as the log keeps it: a stable kind, a schema number, canonical bytes.

use serde::{Serialize, de::DeserializeOwned};

use crate::account::AccountEvent;
use crate::credit::CreditEvent;
use crate::idempotency::IdempotencyEvent;
use crate::payment::PaymentEvent;
use crate::request::{RequestCharged, RequestCompleted, RequestEvent, RequestRefunded};
use crate::{EventId, Purse};

/// Every event of every stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// On a stream `account-…`.
    Account(AccountEvent),
    /// On a stream `x402-…`.
    Payment(PaymentEvent),
    /// On a stream `credit-…`.
    Credit(CreditEvent),
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
                AccountEvent::Charged(_) => CHARGED,
                AccountEvent::Completed(_) => COMPLETED,
                AccountEvent::Refunded(_) => REFUNDED,
                AccountEvent::CreditApplied(_) => "credit.applied",
            },
            Self::Payment(event) => match event {
                PaymentEvent::Claimed(_) => "payment.claimed",
                PaymentEvent::Settled(_) => "payment.settled",
                PaymentEvent::Failed(_) => "payment.failed",
                PaymentEvent::Unknown(_) => "payment.unknown",
                PaymentEvent::Replayed(_) => "payment.replayed",
                PaymentEvent::Charged(_) => CHARGED,
                PaymentEvent::Completed(_) => COMPLETED,
                PaymentEvent::Refunded(_) => REFUNDED,
            },
            Self::Credit(event) => match event {
                CreditEvent::Issued(_) => "credit.issued",
                CreditEvent::Coded(_) => "credit.coded",
                CreditEvent::Spent(_) => "credit.spent",
                CreditEvent::Expired(_) => "credit.expired",
                CreditEvent::Charged(_) => CHARGED,
                CreditEvent::Completed(_) => COMPLETED,
                CreditEvent::Refunded(_) => REFUNDED,
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
            Self::Payment(event) => event.id(),
            Self::Credit(event) => event.id(),
            Self::Idempotency(event) => event.id(),
        }
    }

    /// The charge or the end of a request in this event, whatever pays.
    #[must_use]
    pub const fn request(&self) -> Option<RequestEvent<'_>> {
        match self {
            Self::Account(AccountEvent::Charged(e))
            | Self::Payment(PaymentEvent::Charged(e))
            | Self::Credit(CreditEvent::Charged(e)) => Some(RequestEvent::Charged(e)),
            Self::Account(AccountEvent::Completed(e))
            | Self::Payment(PaymentEvent::Completed(e))
            | Self::Credit(CreditEvent::Completed(e)) => Some(RequestEvent::Completed(e)),
            Self::Account(AccountEvent::Refunded(e))
            | Self::Payment(PaymentEvent::Refunded(e))
            | Self::Credit(CreditEvent::Refunded(e)) => Some(RequestEvent::Refunded(e)),
            Self::Account(
                AccountEvent::Opened(_)
                | AccountEvent::KeyIssued(_)
                | AccountEvent::KeyRevoked(_)
                | AccountEvent::Deposited(_)
                | AccountEvent::CreditApplied(_),
            )
            | Self::Payment(
                PaymentEvent::Claimed(_)
                | PaymentEvent::Settled(_)
                | PaymentEvent::Failed(_)
                | PaymentEvent::Unknown(_)
                | PaymentEvent::Replayed(_),
            )
            | Self::Credit(
                CreditEvent::Issued(_) | CreditEvent::Coded(_) | CreditEvent::Spent(_) | CreditEvent::Expired(_),
            )
            | Self::Idempotency(_) => None,
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
            Self::Payment(event) => match event {
                PaymentEvent::Claimed(e) => canonical(e),
                PaymentEvent::Settled(e) => canonical(e),
                PaymentEvent::Failed(e) => canonical(e),
                PaymentEvent::Unknown(e) => canonical(e),
                PaymentEvent::Replayed(e) => canonical(e),
                PaymentEvent::Charged(e) => canonical(e),
                PaymentEvent::Completed(e) => canonical(e),
                PaymentEvent::Refunded(e) => canonical(e),
            },
            Self::Credit(event) => match event {
                CreditEvent::Issued(e) => canonical(e),
                CreditEvent::Coded(e) => canonical(e),
                CreditEvent::Spent(e) => canonical(e),
                CreditEvent::Expired(e) => canonical(e),
                CreditEvent::Charged(e) => canonical(e),
                CreditEvent::Completed(e) => canonical(e),
                CreditEvent::Refunded(e) => canonical(e),
            },
            Self::Idempotency(event) => match event {
                IdempotencyEvent::Claimed(e) => canonical(e),
                IdempotencyEvent::Replayed(e) => canonical(e),
            },
        };
        NewEvent { id: self.id(), kind: self.kind(), schema: SCHEMA, data }
    }

    /// The event as the log gives it back. What pays for a request tells the stream that its events are on.
    pub fn decode(kind: &str, schema: i32, data: &[u8]) -> Result<Self, DecodeError> {
        if schema != SCHEMA {
            return Err(DecodeError::UnknownKind { kind: kind.to_owned(), schema });
        }
        Ok(match kind {
            "account.opened" => AccountEvent::Opened(parse(kind, data)?).into(),
            "key.issued" => AccountEvent::KeyIssued(parse(kind, data)?).into(),
            "key.revoked" => AccountEvent::KeyRevoked(parse(kind, data)?).into(),
            "funds.deposited" => AccountEvent::Deposited(parse(kind, data)?).into(),
            CHARGED => charged(parse(kind, data)?),
            COMPLETED => completed(parse(kind, data)?),
            REFUNDED => refunded(parse(kind, data)?),
            "credit.applied" => AccountEvent::CreditApplied(parse(kind, data)?).into(),
            "payment.claimed" => PaymentEvent::Claimed(parse(kind, data)?).into(),
            "payment.settled" => PaymentEvent::Settled(parse(kind, data)?).into(),
            "payment.failed" => PaymentEvent::Failed(parse(kind, data)?).into(),
            "payment.unknown" => PaymentEvent::Unknown(parse(kind, data)?).into(),
            "payment.replayed" => PaymentEvent::Replayed(parse(kind, data)?).into(),
            "credit.issued" => CreditEvent::Issued(parse(kind, data)?).into(),
            "credit.coded" => CreditEvent::Coded(parse(kind, data)?).into(),
            "credit.spent" => CreditEvent::Spent(parse(kind, data)?).into(),
            "credit.expired" => CreditEvent::Expired(parse(kind, data)?).into(),
            "idempotency.claimed" => IdempotencyEvent::Claimed(parse(kind, data)?).into(),
            "idempotency.replayed" => IdempotencyEvent::Replayed(parse(kind, data)?).into(),
            _ => return Err(DecodeError::UnknownKind { kind: kind.to_owned(), schema }),
        })
    }
}

const CHARGED: &str = "request.charged";
const COMPLETED: &str = "request.completed";
const REFUNDED: &str = "request.refunded";

fn charged(e: RequestCharged) -> Event {
    match e.purse() {
        Purse::Account(_) => AccountEvent::Charged(e).into(),
        Purse::Payment(_) => PaymentEvent::Charged(e).into(),
        Purse::Voucher(_) => CreditEvent::Charged(e).into(),
    }
}

fn completed(e: RequestCompleted) -> Event {
    match e.purse() {
        Purse::Account(_) => AccountEvent::Completed(e).into(),
        Purse::Payment(_) => PaymentEvent::Completed(e).into(),
        Purse::Voucher(_) => CreditEvent::Completed(e).into(),
    }
}

fn refunded(e: RequestRefunded) -> Event {
    match e.purse() {
        Purse::Account(_) => AccountEvent::Refunded(e).into(),
        Purse::Payment(_) => PaymentEvent::Refunded(e).into(),
        Purse::Voucher(_) => CreditEvent::Refunded(e).into(),
    }
}

impl From<AccountEvent> for Event {
    fn from(event: AccountEvent) -> Self {
        Self::Account(event)
    }
}

impl From<PaymentEvent> for Event {
    fn from(event: PaymentEvent) -> Self {
        Self::Payment(event)
    }
}

impl From<CreditEvent> for Event {
    fn from(event: CreditEvent) -> Self {
        Self::Credit(event)
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
