//! A row as a query gives it back, read by the names of its columns.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};

use super::DbError;

/// One row.
pub struct Row(Inner);

enum Inner {
    Postgres(PgRow),
    Sqlite(SqliteRow),
}

macro_rules! getter {
    ($(#[$doc:meta])* $name:ident, $opt_name:ident, $type:ty) => {
        $(#[$doc])*
        pub fn $name(&self, column: &'static str) -> Result<$type, DbError> {
            self.get(column)?.ok_or(DbError::Column { column })
        }

        /// The same, of a column that may be null.
        pub fn $opt_name(&self, column: &'static str) -> Result<Option<$type>, DbError> {
            self.get(column)
        }
    };
}

impl Row {
    getter!(
        /// A `boolean`.
        bool, opt_bool, bool
    );
    getter!(
        /// A `bigint`; on Postgres a sum needs a cast to become one again.
        i64, opt_i64, i64
    );
    getter!(
        /// A `text`.
        text, opt_text, String
    );
    getter!(
        /// A `bytea` or `blob`.
        bytes, opt_bytes, Vec<u8>
    );

    /// A `bigint` that is never negative, such as a position or a count.
    pub fn u64(&self, column: &'static str) -> Result<u64, DbError> {
        u64::try_from(self.i64(column)?).map_err(|_| DbError::Column { column })
    }

    /// Always asked for as what may be null: SQLite's driver gives a null that is asked for as an integer as 0.
    fn get<T>(&self, column: &'static str) -> Result<Option<T>, DbError>
    where
        T: for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite>,
    {
        let value = match &self.0 {
            Inner::Postgres(row) => row.try_get(column),
            Inner::Sqlite(row) => row.try_get(column),
        };
        // The driver's text may quote the value.
        value.map_err(|_| DbError::Column { column })
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self(Inner::Postgres(row))
    }
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self(Inner::Sqlite(row))
    }
}
