//! An account: its keys, its prepaid funds, and the charges that those funds pay.
//!
//! One stream, `account-<id>`, decided in order, so that a balance can never go below zero. The state
//! holds open charges only; that a request is charged once and ended once is kept by the identity of
//! its events, which the log holds once ([`AccountEvent::id`]).

mod command;
mod decide;
mod event;
mod state;

pub use crate::request::{Pricing, RefundReason, RequestCharged, RequestCompleted, RequestRefunded, Tender, Tokens};
pub use command::{AccountCommand, Charge, Complete, Deposit, IssueKey, Refund};
pub use decide::{Rejection, decide};
pub use event::{AccountEvent, AccountOpened, CreditApplied, DepositSource, FundsDeposited, KeyIssued, KeyRevoked};
pub use state::{Account, Key, OpenCharge};

#[cfg(test)]
mod specs;
