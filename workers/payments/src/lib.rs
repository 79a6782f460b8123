//! The payments workers, the only writers of the log: they authorize, complete and refund, keep keys and funds,
//! and give back what nobody has ended.
//!
//! They never see a payload. What they decide is pure ([`aipaygen_events`]); what they remember is only a cache of
//! the log, so that any number of them is correct and losing one loses nothing.

mod accounts;
mod authorize;
mod clock;
mod end;
mod ended;
mod error;
mod funds;
mod keys;
mod lookup;
mod payment;
mod payments;
mod reaper;
mod receipts;
mod reconciler;
mod retry;
mod settings;
mod settlement;
mod streams;
mod topup;
mod vouchers;
mod worker;
pub mod x402;

pub use clock::Clock;
pub use error::CommandError;
pub use payments::Payments;
pub use reaper::Reaper;
pub use reconciler::Reconciler;
pub use settings::{Settings, SettingsError};
pub use settlement::{Admission, Settlement, Settles, Transfer, Truth};
pub use worker::{Deps, StartError, Worker, run};
