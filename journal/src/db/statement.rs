//! Binding values to a statement, for each driver.

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Postgres, Sqlite};

use super::Value;

/// What `query()` gives for a driver, with everything that a [`Value`] can hold.
macro_rules! bound {
    ($name:ident, $db:ty, $arguments:ty) => {
        pub(super) fn $name(sql: &'static str, values: &[Value]) -> Query<'static, $db, $arguments> {
            values.iter().cloned().fold(sqlx::query(sql), |query, value| match value {
                Value::Bool(value) => query.bind(value),
                Value::I64(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            })
        }
    };
}

bound!(postgres, Postgres, PgArguments);
bound!(sqlite, Sqlite, SqliteArguments);
