//! What can happen to money, and what follows from it: events, deciders, amounts and identities.
//!
//! Pure. No async, clock, randomness, environment, logging or I/O: what a decision must know comes in
//! its command, and the shell stamps time and new ids. Nothing here has ever seen a payload.

pub mod account;
pub mod api_key;
pub mod credit;
mod event;
mod hex;
pub mod idempotency;
mod ids;
mod money;
pub mod payment;
mod purse;
pub mod request;
mod time;

pub use event::{DecodeError, Event, NewEvent};
pub use hex::{Address, Hash, Hex, HexBytes};
pub use ids::{AccountId, CreditId, DeliveryId, DepositId, EventId, IdError, KeyId, RequestId, StreamId, WebhookId};
pub use money::{MicroUsd, MoneyError};
pub use payment::PaymentId;
pub use purse::Purse;
pub use time::Timestamp;
