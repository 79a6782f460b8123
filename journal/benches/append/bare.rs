//! The limit that the log is measured against: rows in groups, one transaction and one statement a group.

use std::time::{Duration, Instant};

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

use crate::support::Stage;
use crate::{DATA, share};

/// A table with a connection of its own.
pub(crate) struct Bare {
    connection: Connection,
    next: i64,
}

enum Connection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Bare {
    /// Makes the table in the database of the stage, or in a file beside its files.
    pub(crate) async fn open(stage: &Stage) -> Self {
        let connection = if stage.is_sqlite() {
            let options = SqliteConnectOptions::new().filename(stage.dir().join("bare.db")).create_if_missing(true);
            let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
            let mut connection = options.connect().await.unwrap();
            let table = "CREATE TABLE bare (position INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT";
            sqlx::raw_sql(table).execute(&mut connection).await.unwrap();
            Connection::Sqlite(connection)
        } else {
            let options: PgConnectOptions = stage.url().parse().unwrap();
            let mut connection = options.connect().await.unwrap();
            let table = "CREATE TABLE bare (position bigint PRIMARY KEY, data bytea NOT NULL)";
            sqlx::raw_sql(table).execute(&mut connection).await.unwrap();
            Connection::Postgres(connection)
        };
        Self { connection, next: 0 }
    }

    /// The time that so many rows take in groups of this size.
    pub(crate) async fn commit(&mut self, group: u64, rows: u64) -> Duration {
        let groups = rows.div_ceil(group);
        let began = Instant::now();
        for _ in 0..groups {
            let first = self.next;
            self.next += group.cast_signed();
            self.insert((first..self.next).collect()).await;
        }
        share(began.elapsed(), rows, groups * group)
    }

    async fn insert(&mut self, positions: Vec<i64>) {
        match &mut self.connection {
            Connection::Postgres(connection) => {
                let data = vec![DATA.as_slice(); positions.len()];
                let insert = "INSERT INTO bare SELECT * FROM unnest($1::bigint[], $2::bytea[])";
                sqlx::query(insert).bind(positions).bind(data).execute(connection).await.unwrap();
            }
            Connection::Sqlite(connection) => {
                let data = str::from_utf8(&DATA).unwrap();
                let rows: Vec<_> = positions.into_iter().map(|position| (position, data)).collect();
                let insert = "INSERT INTO bare SELECT value->>0, value->>1 FROM json_each($1)";
                let rows = serde_json::to_string(&rows).unwrap();
                sqlx::query(insert).bind(rows).execute(connection).await.unwrap();
            }
        }
    }
}
