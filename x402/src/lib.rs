//! The x402 protocol, versions 1 and 2: its wire, our offers, and the local verification of a payment.
//!
//! Pure. No async, clock, environment, logging or I/O, and no chain: what only a chain can say (whether a nonce is
//! used, whether a contract wallet has signed) is asked by the payments workers.

mod asset;
mod authorization;
mod discovery;
mod envelope;
mod facilitator;
mod hex;
mod network;
mod offer;
mod payment;
mod refused;
mod settings;
mod settle_response;
mod sign_in;
mod signature;
mod verify;

pub use alloy_primitives::{Address, B256, Bytes};
pub use asset::Asset;
pub use authorization::Authorization;
pub use discovery::{Discovery, payment_identifier};
pub use envelope::{Envelope, HEADER_BYTES_MAX, Version};
pub use facilitator::SettleRequest;
pub use network::{Network, UnknownNetwork};
pub use offer::{Offer, PaymentRequired, REQUIRED_BYTES_MAX, Requirements, RequirementsV1, Resource, SCHEME, Terms};
pub use payment::{Payment, PaymentId};
pub use refused::Refused;
pub use settings::{Settings, SettingsError, Settle};
pub use settle_response::SettleResponse;
pub use sign_in::{SignIn, has_signed};
pub use signature::{Signature, SignatureKind};
pub use verify::verify;
