//! Connections: on Postgres each with its schema and the least of our roles, on SQLite each with its file.

use std::path::Path;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::{OpenError, Settings};

/// Whose rights a Postgres session takes, wherever the login may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Whoever logged in: for migrations and rebuilds.
    Owner,
    Writer,
    Projector,
    Reader,
    Keeper,
}

impl Role {
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Owner => None,
            Self::Writer => Some("aipaygen_writer"),
            Self::Projector => Some("aipaygen_projector"),
            Self::Reader => Some("aipaygen_reader"),
            Self::Keeper => Some("aipaygen_keeper"),
        }
    }
}

/// How to reach one schema of a Postgres database.
pub(crate) fn postgres(to: &PgConnectOptions, schema: &'static str, role: Role) -> PgConnectOptions {
    // Should we vanish in the middle of a transaction, its locks are not kept for ever.
    let options = to.clone().options([("search_path", schema), ("idle_in_transaction_session_timeout", "30s")]);
    let options = options.application_name("aipaygen");
    match role {
        Role::Reader => options.options([("default_transaction_read_only", "on")]),
        // A commit that a crash takes back takes its position along: it does not wait for the disk, nor make the
        // log's commits wait for it.
        Role::Projector => by_index(options).options([("synchronous_commit", "off")]),
        Role::Owner | Role::Writer | Role::Keeper => by_index(options),
    }
}

/// For sessions whose every statement goes by an index: a plan that was made while a table was small, and is kept,
/// must not scan it when it is large.
pub(crate) fn by_index(options: PgConnectOptions) -> PgConnectOptions {
    options.options([("enable_seqscan", "off"), ("jit", "off")])
}

/// A pool whose connections take the role.
pub(crate) async fn postgres_pool(
    settings: &Settings,
    options: PgConnectOptions,
    role: Role,
) -> Result<PgPool, OpenError> {
    PgPoolOptions::new()
        .max_connections(settings.read_connections_max)
        .acquire_timeout(settings.unavailable_after())
        .after_connect(move |connection, _| Box::pin(take(role, connection)))
        .connect_with(options)
        .await
        .map_err(OpenError::Unavailable)
}

/// A connection of its own that takes the role.
pub(crate) async fn postgres_alone(options: &PgConnectOptions, role: Role) -> Result<PgConnection, sqlx::Error> {
    let mut connection = options.connect().await?;
    take(role, &mut connection).await?;
    Ok(connection)
}

/// Takes the role where the login is a member of it; elsewhere the database's own grants to the login rule.
async fn take(role: Role, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let Some(name) = role.name() else { return Ok(()) };
    let taken = sqlx::query(
        "SELECT set_config('role', rolname::text, false) FROM pg_catalog.pg_roles
         WHERE rolname = $1 AND pg_has_role(session_user, oid, 'MEMBER')",
    );
    if taken.bind(name).fetch_optional(connection).await?.is_none() {
        tracing::debug!(role = name, "the login is no member of the role, and keeps its own rights");
    }
    Ok(())
}

/// How to reach a file that is there. `synchronous` is what a commit waits for.
pub(crate) fn sqlite(settings: &Settings, file: &Path, synchronous: SqliteSynchronous) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(settings.unavailable_after())
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(true)
}

/// How to read a file that is there, and nothing else. The journal mode is the file's own.
pub(crate) fn sqlite_reading(settings: &Settings, file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(file).busy_timeout(settings.unavailable_after()).read_only(true)
}

/// A pool of so many connections.
pub(crate) async fn sqlite_pool(
    settings: &Settings,
    options: SqliteConnectOptions,
    connections_max: u32,
) -> Result<SqlitePool, OpenError> {
    if !options.get_filename().exists() {
        return Err(OpenError::NotMigrated);
    }
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(settings.unavailable_after())
        .idle_timeout(None)
        .max_lifetime(None)
        // A file does not go away between two statements.
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .map_err(OpenError::Unavailable)
}
