//! Rebuilding the read models beside the live ones, and flipping to them at one moment.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnection, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, QueryBuilder, Row as _, Sqlite};

use super::pool::Pool;
use super::{Db, DbError};
use crate::connect::{self, Role};
use crate::migrate;
use crate::settings::{Place, read_file};
use crate::{OpenError, Settings};

const SCRATCH_SCHEMA: &str = "read_rebuild";

pub(super) async fn scratch(settings: &Settings) -> Result<Db, OpenError> {
    let pool = match settings.place()? {
        Place::Postgres(to) => {
            migrate::postgres_read(&to, SCRATCH_SCHEMA).await?;
            Pool::postgres(settings, &to, SCRATCH_SCHEMA, Role::Owner).await?
        }
        Place::Sqlite(directory) => {
            let file = scratch_file(&directory);
            remove(&file).map_err(OpenError::Directory)?;
            migrate::sqlite_read(settings, &file).await?;
            Pool::sqlite(settings, &file).await?
        }
    };
    Ok(Db { pool, settings: settings.clone(), is_scratch: true })
}

pub(super) async fn adopt(settings: &Settings, scratch: Db) -> Result<(), DbError> {
    let place = settings.place().ok().filter(|_| scratch.is_scratch).ok_or(DbError::NotAScratch)?;
    scratch.close().await;
    match place {
        Place::Postgres(to) => flip(&to).await,
        Place::Sqlite(directory) => replace_rows(settings, &directory).await,
    }
}

/// The schemas change their names, and nothing waits for the old rows: a reader that began on them ends on them.
/// Then they are dropped; should that fail, the next rebuild does it.
async fn flip(to: &PgConnectOptions) -> Result<(), DbError> {
    let mut connection = connect::postgres(to, SCRATCH_SCHEMA, Role::Owner).connect().await?;
    sqlx::raw_sql(
        "DROP SCHEMA IF EXISTS read_replaced CASCADE;
         BEGIN;
         SELECT pg_advisory_xact_lock(7305808869228372324);
         ALTER SCHEMA read RENAME TO read_replaced;
         ALTER SCHEMA read_rebuild RENAME TO read;
         COMMIT;
         DROP SCHEMA read_replaced CASCADE",
    )
    .execute(&mut connection)
    .await?;
    Ok(connection.close().await?)
}

/// A file cannot be swapped beneath the connections that hold it open, so that its rows are.
async fn replace_rows(settings: &Settings, directory: &Path) -> Result<(), DbError> {
    let scratch = scratch_file(directory);
    let mut connection = connect::sqlite(settings, &read_file(directory), SqliteSynchronous::Full).connect().await?;
    sqlx::query("ATTACH DATABASE $1 AS scratch").bind(scratch.display().to_string()).execute(&mut connection).await?;
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::raw_sql("PRAGMA defer_foreign_keys = ON").execute(&mut *tx).await?;
    for table in tables(&mut tx).await? {
        in_place_of(&table, &mut tx).await?;
    }
    tx.commit().await?;
    connection.close().await?;
    remove(&scratch).map_err(|error| DbError::Away(error.into()))
}

async fn tables(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let tables = "SELECT name FROM main.sqlite_schema
        WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_sqlx_migrations' ORDER BY name";
    let rows = sqlx::query(tables).fetch_all(connection).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// No parameter can stand for a table. The name comes from the schema that the migrations made.
async fn in_place_of(table: &str, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let quoted = format!("\"{}\"", table.replace('"', "\"\""));
    let mut delete = QueryBuilder::<Sqlite>::new("DELETE FROM main.");
    delete.push(&quoted).build().execute(&mut *connection).await?;
    let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO main.");
    insert.push(&quoted).push(" SELECT * FROM scratch.").push(&quoted).build().execute(connection).await?;
    Ok(())
}

fn scratch_file(directory: &Path) -> PathBuf {
    directory.join("read_rebuild.db")
}

fn remove(file: &Path) -> std::io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
