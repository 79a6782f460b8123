//! The log, retold as tables: keys, balances, requests, refund credits, usage and the double-entry ledger.
//!
//! A projection takes events and a transaction and nothing else, so that it can be dropped and replayed. Nothing
//! here writes the log, and no table here is a source of truth.

mod apply;
mod balances;
mod checkpoint;
mod entry;
mod keys;
pub mod ledger;
pub mod payments;
mod projector;
mod reader;
mod rebuild;
mod refund_credits;
pub mod refunds;
mod replay;
mod requests;
mod settings;
mod usage;
mod vouchers;
mod write;

pub use apply::apply;
pub use entry::Entry;
pub use projector::{Deps, Standing, run};
pub use reader::{BalanceRow, KeyRow, LogHead, ReadError, Reader, RequestRow, RequestStatus, UsageRow};
pub use rebuild::{RebuildReport, TableReport, compare, rebuild};
pub use replay::{ReplayError, catch_up};
pub use settings::{Settings, SettingsError};
pub use write::ApplyError;
