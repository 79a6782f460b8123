//! The connections behind a [`super::Db`], and what each backend does differently.

use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqlitePool, SqliteSynchronous};

use super::statement::{postgres, sqlite};
use super::tx::rows;
use super::{Backend, DbError, Row, Tx, Value};
use crate::connect::{self, Role};
use crate::migrate::{self, READ_SCHEMA, VAULT_SCHEMA};
use crate::settings::{Place, read_file, vault_file};
use crate::{OpenError, Settings};

#[derive(Clone, Debug)]
pub(super) enum Pool {
    Postgres(PgPool),
    Sqlite { write: SqlitePool, read: SqlitePool },
}

impl Pool {
    pub(super) async fn open(settings: &Settings) -> Result<Self, OpenError> {
        let pool = match settings.place()? {
            Place::Postgres(to) => Self::postgres(settings, &to, READ_SCHEMA, Role::Projector).await?,
            Place::Sqlite(directory) => Self::sqlite(settings, &read_file(&directory)).await?,
        };
        pool.checked().await
    }

    pub(super) async fn open_reading(settings: &Settings) -> Result<Self, OpenError> {
        let pool = match settings.place()? {
            Place::Postgres(to) => Self::postgres(settings, &to, READ_SCHEMA, Role::Reader).await?,
            Place::Sqlite(directory) => {
                let options = connect::sqlite_reading(settings, &read_file(&directory));
                let read = connect::sqlite_pool(settings, options, settings.read_connections_max).await?;
                Self::Sqlite { write: read.clone(), read }
            }
        };
        pool.checked().await
    }

    pub(super) async fn open_vault(settings: &Settings) -> Result<Self, OpenError> {
        let pool = match settings.place()? {
            Place::Postgres(to) => Self::postgres(settings, &to, VAULT_SCHEMA, Role::Keeper).await?,
            Place::Sqlite(directory) => Self::sqlite_vault(settings, &vault_file(&directory)).await?,
        };
        match &pool {
            Self::Postgres(pool) => migrate::check_postgres_vault(pool).await?,
            Self::Sqlite { read, .. } => migrate::check_sqlite_vault(read).await?,
        }
        Ok(pool)
    }

    /// What is deleted is overwritten.
    async fn sqlite_vault(settings: &Settings, file: &std::path::Path) -> Result<Self, OpenError> {
        let options = connect::sqlite(settings, file, SqliteSynchronous::Full).pragma("secure_delete", "ON");
        let write = connect::sqlite_pool(settings, options, 1).await?;
        let options = connect::sqlite_reading(settings, file);
        let read = connect::sqlite_pool(settings, options, settings.read_connections_max).await?;
        Ok(Self::Sqlite { write, read })
    }

    pub(super) async fn postgres(
        settings: &Settings,
        to: &sqlx::postgres::PgConnectOptions,
        schema: &'static str,
        role: Role,
    ) -> Result<Self, OpenError> {
        let options = connect::postgres(to, schema, role);
        Ok(Self::Postgres(connect::postgres_pool(settings, options, role).await?))
    }

    /// A file that projections write. A commit that a power failure takes back takes its position along, so that
    /// it does not wait for the disk.
    pub(super) async fn sqlite(settings: &Settings, file: &std::path::Path) -> Result<Self, OpenError> {
        let options = connect::sqlite(settings, file, SqliteSynchronous::Normal);
        let write = connect::sqlite_pool(settings, options, 1).await?;
        let options = connect::sqlite_reading(settings, file);
        let read = connect::sqlite_pool(settings, options, settings.read_connections_max).await?;
        Ok(Self::Sqlite { write, read })
    }

    async fn checked(self) -> Result<Self, OpenError> {
        match &self {
            Self::Postgres(pool) => migrate::check_postgres_read(pool).await?,
            Self::Sqlite { read, .. } => migrate::check_sqlite_read(read).await?,
        }
        Ok(self)
    }

    pub(super) const fn backend(&self) -> Backend {
        match self {
            Self::Postgres(_) => Backend::Postgres,
            Self::Sqlite { .. } => Backend::Sqlite,
        }
    }

    /// On Postgres a transaction shares a lock that [`super::Db::adopt`] takes for itself, so that none has one
    /// foot in the old tables and one in the new. The key is that of `rebuild`.
    pub(super) async fn begin(&self) -> Result<Tx, DbError> {
        Ok(match self {
            Self::Postgres(pool) => {
                pool.begin_with("BEGIN; SELECT pg_advisory_xact_lock_shared(7305808869228372324)").await?.into()
            }
            Self::Sqlite { write, .. } => write.begin_with("BEGIN IMMEDIATE").await?.into(),
        })
    }

    pub(super) async fn snapshot(&self) -> Result<Tx, DbError> {
        Ok(match self {
            Self::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
                    SELECT pg_advisory_xact_lock_shared(7305808869228372324)";
                pool.begin_with(begin).await?.into()
            }
            Self::Sqlite { read, .. } => read.begin_with("BEGIN").await?.into(),
        })
    }

    pub(super) async fn fetch_all(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, DbError> {
        Ok(match self {
            Self::Postgres(pool) => rows(postgres(sql, values).fetch_all(pool).await?),
            Self::Sqlite { read, .. } => rows(sqlite(sql, values).fetch_all(read).await?),
        })
    }

    pub(super) async fn fetch_optional(&self, sql: &'static str, values: &[Value]) -> Result<Option<Row>, DbError> {
        Ok(match self {
            Self::Postgres(pool) => postgres(sql, values).fetch_optional(pool).await?.map(Row::from),
            Self::Sqlite { read, .. } => sqlite(sql, values).fetch_optional(read).await?.map(Row::from),
        })
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Postgres(pool) => pool.close().await,
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}
