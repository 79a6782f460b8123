//! The read-model database: rows that are derived from the log, and can be dropped and replayed. And the vault's:
//! rows that are not in the log because they must be able to go, in a place of their own.
//!
//! One handle for both backends, so that a projection is written once. A statement is a `&'static str` with
//! `$1`, `$2`, …; where the dialects differ, [`Db::backend`] and [`Tx::backend`] tell which one to send. Tables
//! hold `bigint`, `text`, `bytea`/`blob` and `boolean` only.

mod error;
mod pool;
mod rebuild;
mod row;
mod statement;
mod tx;
mod value;

pub use error::DbError;
pub use row::Row;
pub use tx::Tx;
pub use value::Value;

use crate::{OpenError, Settings};
use pool::Pool;

/// Which dialect a database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A Postgres server; the tables are in the schema `read`, or `vault`.
    Postgres,
    /// The file `read.db`, or `vault.db`.
    Sqlite,
}

/// One of the two databases. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: Pool,
    settings: Settings,
    is_scratch: bool,
}

impl Db {
    /// Opens the database for projections, which write it.
    pub async fn open(settings: &Settings) -> Result<Self, OpenError> {
        Ok(Self { pool: Pool::open(settings).await?, settings: settings.clone(), is_scratch: false })
    }

    /// Opens the database for queries; the database refuses a write.
    pub async fn open_reading(settings: &Settings) -> Result<Self, OpenError> {
        Ok(Self { pool: Pool::open_reading(settings).await?, settings: settings.clone(), is_scratch: false })
    }

    /// Opens the vault's database, for its keeper alone: no other role reads it. A commit waits for the disk.
    pub async fn open_vault(settings: &Settings) -> Result<Self, OpenError> {
        Ok(Self { pool: Pool::open_vault(settings).await?, settings: settings.clone(), is_scratch: false })
    }

    /// Which dialect its statements are in.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.pool.backend()
    }

    /// Begins a transaction that writes. On SQLite the next one waits for its end.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        self.pool.begin().await
    }

    /// Begins a transaction that only reads, and whose queries all see one moment.
    pub async fn snapshot(&self) -> Result<Tx, DbError> {
        self.pool.snapshot().await
    }

    /// All rows of a query.
    pub async fn fetch_all(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, DbError> {
        self.pool.fetch_all(sql, values).await
    }

    /// The first row of a query, if there is one.
    pub async fn fetch_optional(&self, sql: &'static str, values: &[Value]) -> Result<Option<Row>, DbError> {
        self.pool.fetch_optional(sql, values).await
    }

    /// An empty database of the same tables beside this one, to rebuild the read models in. What an earlier
    /// rebuild left there is dropped. Only the owner of the tables may.
    pub async fn scratch(&self) -> Result<Self, OpenError> {
        rebuild::scratch(&self.settings).await
    }

    /// Puts the rows of `scratch` in place of this database's, at one moment for every reader, and drops
    /// `scratch`. A projection that reads its checkpoint in each transaction goes on from the new one.
    pub async fn adopt(&self, scratch: Self) -> Result<(), DbError> {
        rebuild::adopt(&self.settings, scratch).await
    }

    /// Waits for connections to come back, and closes them.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
