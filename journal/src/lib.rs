//! The event log and the read-model database, on Postgres or SQLite.
//!
//! The log is append-only: this crate has no way to change or remove an event, and the database refuses one.
//! Batching, versions, identity and hashing are written once, in the writer; a backend is a thin module of
//! static SQL.

mod append;
mod away;
mod batch;
mod connect;
pub mod db;
mod error;
pub mod hash;
mod journal;
mod migrate;
mod reader;
mod recorded;
mod settings;
mod store;
mod subscription;
mod tail;
mod verify;
mod writer;

pub use append::{AppendError, Appended, Expected, StreamAppend};
pub use error::{OpenError, ReadError};
pub use journal::{Journal, Pending};
pub use migrate::migrate;
pub use reader::Reader;
pub use recorded::{Head, Recorded};
pub use settings::{Settings, UrlError};
pub use subscription::Subscription;
pub use verify::VerifyError;
