//! Statements that the journal would never send.

use std::path::Path;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

/// A session that holds the lock of the log's writer until it is dropped.
#[expect(dead_code, reason = "held, and never asked")]
pub(crate) enum Held {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

pub(super) async fn hold_postgres(url: &str) -> Held {
    let options: PgConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT 1 FROM log.log_head FOR UPDATE").execute(&mut connection).await.unwrap();
    Held::Postgres(connection)
}

pub(super) async fn hold_sqlite(file: &Path) -> Held {
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
    Held::Sqlite(connection)
}

pub(super) async fn postgres(url: &str, sql: &'static str) -> Result<(), sqlx::Error> {
    let options: PgConnectOptions = url.parse().unwrap();
    let mut connection = options.options([("search_path", "log")]).connect().await.unwrap();
    let done = sqlx::raw_sql(sql).execute(&mut connection).await;
    connection.close().await.unwrap();
    done.map(drop)
}

pub(super) async fn sqlite(file: &Path, sql: &'static str) -> Result<(), sqlx::Error> {
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let done = sqlx::raw_sql(sql).execute(&mut connection).await;
    connection.close().await.unwrap();
    done.map(drop)
}
