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
mod reader;
mod refund_credits;
mod requests;
mod usage;
mod write;

pub use apply::apply;
pub use entry::Entry;
pub use reader::{BalanceRow, KeyRow, LogHead, ReadError, Reader, RequestRow, RequestStatus, UsageRow};
pub use write::ApplyError;
