//! A transaction on the read-model database.

use sqlx::{Postgres, Sqlite, Transaction};

use super::statement::{postgres, sqlite};
use super::{Backend, DbError, Row, Value};

/// A transaction. Dropping it without [`Tx::commit`] rolls it back.
pub struct Tx(Inner);

enum Inner {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(Transaction<'static, Sqlite>),
}

impl Tx {
    /// Which dialect its statements are in.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        match self.0 {
            Inner::Postgres(_) => Backend::Postgres,
            Inner::Sqlite(_) => Backend::Sqlite,
        }
    }

    /// Runs a statement; gives how many rows it touched.
    pub async fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, DbError> {
        Ok(match &mut self.0 {
            Inner::Postgres(tx) => postgres(sql, values).execute(&mut **tx).await?.rows_affected(),
            Inner::Sqlite(tx) => sqlite(sql, values).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// All rows of a query.
    pub async fn fetch_all(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, DbError> {
        Ok(match &mut self.0 {
            Inner::Postgres(tx) => rows(postgres(sql, values).fetch_all(&mut **tx).await?),
            Inner::Sqlite(tx) => rows(sqlite(sql, values).fetch_all(&mut **tx).await?),
        })
    }

    /// The first row of a query, if there is one.
    pub async fn fetch_optional(&mut self, sql: &'static str, values: &[Value]) -> Result<Option<Row>, DbError> {
        Ok(match &mut self.0 {
            Inner::Postgres(tx) => postgres(sql, values).fetch_optional(&mut **tx).await?.map(Row::from),
            Inner::Sqlite(tx) => sqlite(sql, values).fetch_optional(&mut **tx).await?.map(Row::from),
        })
    }

    /// Makes everything since the beginning durable, at once.
    pub async fn commit(self) -> Result<(), DbError> {
        match self.0 {
            Inner::Postgres(tx) => tx.commit().await?,
            Inner::Sqlite(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

pub(super) fn rows<R: Into<Row>>(rows: Vec<R>) -> Vec<Row> {
    rows.into_iter().map(Into::into).collect()
}

impl From<Transaction<'static, Postgres>> for Tx {
    fn from(tx: Transaction<'static, Postgres>) -> Self {
        Self(Inner::Postgres(tx))
    }
}

impl From<Transaction<'static, Sqlite>> for Tx {
    fn from(tx: Transaction<'static, Sqlite>) -> Self {
        Self(Inner::Sqlite(tx))
    }
}
