//! Statements that the journal would never send.

use std::path::Path;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

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
