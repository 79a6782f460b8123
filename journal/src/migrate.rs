//! Making the tables: the log's, which are for ever, the read models', which can be dropped and replayed, and the
//! vault's, whose rows can go.
//! Each set keeps its own record of what was applied.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use sqlx::migrate::{Migrate, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::sqlite::{SqlitePool, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::away::is_away;
use crate::connect::{self, Role};
use crate::settings::{Place, log_file, read_file, vault_file};
use crate::{OpenError, Settings};

pub(crate) const LOG_SCHEMA: &str = "log";
pub(crate) const READ_SCHEMA: &str = "read";
pub(crate) const VAULT_SCHEMA: &str = "vault";

static POSTGRES_LOG: Migrator = sqlx::migrate!("../migrations/postgres/log");
static POSTGRES_READ: Migrator = sqlx::migrate!("../migrations/postgres/read");
static POSTGRES_VAULT: Migrator = sqlx::migrate!("../migrations/postgres/vault");
static SQLITE_LOG: Migrator = sqlx::migrate!("../migrations/sqlite/log");
static SQLITE_READ: Migrator = sqlx::migrate!("../migrations/sqlite/read");
static SQLITE_VAULT: Migrator = sqlx::migrate!("../migrations/sqlite/vault");

/// The roles and what each may do. Made anew each time, since a role can appear after the tables.
const ROLES: &str = include_str!("../../migrations/postgres/roles.sql");
const LOG_GRANTS: &str = include_str!("../../migrations/postgres/log_grants.sql");
const READ_GRANTS: &str = include_str!("../../migrations/postgres/read_grants.sql");
const VAULT_GRANTS: &str = include_str!("../../migrations/postgres/vault_grants.sql");

/// Brings the tables to this build's version. Several processes may do it at once.
pub async fn migrate(settings: &Settings) -> Result<(), OpenError> {
    match settings.place()? {
        Place::Postgres(to) => {
            postgres_log(&to).await?;
            postgres_read(&to, READ_SCHEMA).await?;
            postgres_vault(&to).await
        }
        Place::Sqlite(directory) => {
            let _alone = alone(directory.clone()).await.map_err(OpenError::Directory)?;
            sqlite(settings, &log_file(&directory), &SQLITE_LOG).await?;
            sqlite_read(settings, &read_file(&directory)).await?;
            sqlite(settings, &vault_file(&directory), &SQLITE_VAULT).await
        }
    }
}

async fn postgres_log(to: &PgConnectOptions) -> Result<(), OpenError> {
    let mut connection = owner(to, LOG_SCHEMA).await?;
    postgres(&mut connection, "CREATE SCHEMA IF NOT EXISTS log", &POSTGRES_LOG, &[ROLES, LOG_GRANTS]).await
}

/// The read models in their own schema, or in the one that a rebuild is made in.
pub(crate) async fn postgres_read(to: &PgConnectOptions, schema: &'static str) -> Result<(), OpenError> {
    let make = if schema == READ_SCHEMA {
        "CREATE SCHEMA IF NOT EXISTS read"
    } else {
        "DROP SCHEMA IF EXISTS read_rebuild CASCADE; CREATE SCHEMA read_rebuild"
    };
    let mut connection = owner(to, schema).await?;
    postgres(&mut connection, make, &POSTGRES_READ, &[READ_GRANTS]).await
}

async fn postgres_vault(to: &PgConnectOptions) -> Result<(), OpenError> {
    let mut connection = owner(to, VAULT_SCHEMA).await?;
    postgres(&mut connection, "CREATE SCHEMA IF NOT EXISTS vault", &POSTGRES_VAULT, &[VAULT_GRANTS]).await
}

async fn owner(to: &PgConnectOptions, schema: &'static str) -> Result<PgConnection, OpenError> {
    connect::postgres(to, schema, Role::Owner).connect().await.map_err(OpenError::Unavailable)
}

/// One process at a time: the lock is taken before the schema is made, and taken again inside `run`.
async fn postgres(
    connection: &mut PgConnection,
    make_schema: &'static str,
    migrator: &Migrator,
    afterwards: &[&'static str],
) -> Result<(), OpenError> {
    connection.lock().await.map_err(OpenError::Migrate)?;
    sqlx::raw_sql(make_schema).execute(&mut *connection).await.map_err(OpenError::Unavailable)?;
    migrator.run(&mut *connection).await.map_err(OpenError::Migrate)?;
    for &statements in afterwards {
        sqlx::raw_sql(statements).execute(&mut *connection).await.map_err(OpenError::Unavailable)?;
    }
    connection.unlock().await.map_err(OpenError::Migrate)
}

pub(crate) async fn sqlite_read(settings: &Settings, file: &Path) -> Result<(), OpenError> {
    sqlite(settings, file, &SQLITE_READ).await
}

async fn sqlite(settings: &Settings, file: &Path, migrator: &Migrator) -> Result<(), OpenError> {
    let options = connect::sqlite(settings, file, SqliteSynchronous::Full).create_if_missing(true);
    let mut connection = options.connect().await.map_err(OpenError::Unavailable)?;
    migrator.run(&mut connection).await.map_err(OpenError::Migrate)?;
    connection.close().await.map_err(OpenError::Unavailable)
}

/// One process at a time; the lock goes with the file. SQLite's own lock is let go between two migrations.
async fn alone(directory: PathBuf) -> io::Result<File> {
    let lock = move || {
        fs::create_dir_all(&directory)?;
        let file = File::create(directory.join("migrate.lock"))?;
        file.lock()?;
        Ok(file)
    };
    tokio::task::spawn_blocking(lock).await.map_err(io::Error::other)?
}

/// Refuses tables that are older than this build; newer ones are those of a build that is being rolled out.
pub(crate) async fn check_postgres_log(pool: &PgPool) -> Result<(), OpenError> {
    check(applied_postgres(pool).await, &POSTGRES_LOG)
}

pub(crate) async fn check_postgres_read(pool: &PgPool) -> Result<(), OpenError> {
    check(applied_postgres(pool).await, &POSTGRES_READ)
}

pub(crate) async fn check_postgres_vault(pool: &PgPool) -> Result<(), OpenError> {
    check(applied_postgres(pool).await, &POSTGRES_VAULT)
}

pub(crate) async fn check_sqlite_vault(pool: &SqlitePool) -> Result<(), OpenError> {
    check(applied_sqlite(pool).await, &SQLITE_VAULT)
}

pub(crate) async fn check_sqlite_log(pool: &SqlitePool) -> Result<(), OpenError> {
    check(applied_sqlite(pool).await, &SQLITE_LOG)
}

pub(crate) async fn check_sqlite_read(pool: &SqlitePool) -> Result<(), OpenError> {
    check(applied_sqlite(pool).await, &SQLITE_READ)
}

const APPLIED: &str = "SELECT max(version) FROM _sqlx_migrations WHERE success";

async fn applied_postgres(pool: &PgPool) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar(APPLIED).fetch_one(pool).await
}

async fn applied_sqlite(pool: &SqlitePool) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar(APPLIED).fetch_one(pool).await
}

fn check(applied: Result<Option<i64>, sqlx::Error>, migrator: &Migrator) -> Result<(), OpenError> {
    let wanted = migrator.iter().map(|migration| migration.version).max();
    match applied {
        Ok(applied) if applied >= wanted => Ok(()),
        Err(error) if is_away(&error) => Err(OpenError::Unavailable(error)),
        Ok(_) | Err(_) => Err(OpenError::NotMigrated),
    }
}
