//! The log on SQLite: the file `log.db`, whose one write lock makes one writer at a time.

use std::future;
use std::path::Path;

use aipaygen_events::{EventId, StreamId};
use async_trait::async_trait;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqliteSynchronous};
use tokio::sync::watch;

use super::rows::{self, EventRow, HeadRow, KnownRow};
use super::{Access, Session, Store, to_i64};
use crate::batch::Known;
use crate::settings::log_file;
use crate::{Head, OpenError, ReadError, Recorded, Settings, connect, migrate};

pub(super) struct Sqlite {
    options: SqliteConnectOptions,
    read: SqlitePool,
}

impl Sqlite {
    pub(super) async fn open(settings: &Settings, directory: &Path, access: Access) -> Result<Self, OpenError> {
        let file = log_file(directory);
        let reading = connect::sqlite_reading(settings, &file);
        let read = connect::sqlite_pool(settings, reading.clone(), settings.read_connections_max).await?;
        migrate::check_sqlite_log(&read).await?;
        let options = match access {
            Access::Append => connect::sqlite(settings, &file, SqliteSynchronous::Full),
            Access::Read => reading,
        };
        Ok(Self { options, read })
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn session(&self) -> Result<Box<dyn Session>, sqlx::Error> {
        Ok(Box::new(self.options.connect().await?))
    }

    async fn head(&self) -> Result<Head, ReadError> {
        let row: HeadRow = sqlx::query_as("SELECT position, hash FROM log_head").fetch_one(&self.read).await?;
        rows::head(row)
    }

    async fn stream(&self, stream: &StreamId, after_version: u64) -> Result<Vec<Recorded>, ReadError> {
        let query = sqlx::query_as::<_, EventRow>(
            "SELECT position, stream, version, kind, schema, data, event_id, at_us, hash
             FROM events WHERE stream = $1 AND version > $2 ORDER BY version",
        );
        rows::events(query.bind(stream.as_str()).bind(to_i64(after_version)).fetch_all(&self.read).await?)
    }

    async fn all(&self, after_position: u64, limit: u32) -> Result<Vec<Recorded>, ReadError> {
        let query = sqlx::query_as::<_, EventRow>(
            "SELECT position, stream, version, kind, schema, data, event_id, at_us, hash
             FROM events WHERE position > $1 ORDER BY position LIMIT $2",
        );
        rows::events(query.bind(to_i64(after_position)).bind(i64::from(limit)).fetch_all(&self.read).await?)
    }

    async fn find(&self, id: EventId) -> Result<Option<Recorded>, ReadError> {
        let query = sqlx::query_as::<_, EventRow>(
            "SELECT position, stream, version, kind, schema, data, event_id, at_us, hash
             FROM events WHERE event_id = $1",
        );
        query.bind(id.uuid()).fetch_optional(&self.read).await?.map(rows::event).transpose()
    }

    /// A file tells nobody: it is polled.
    async fn listen(&self, _: &watch::Sender<u64>) {
        future::pending().await
    }

    async fn close(&self) {
        self.read.close().await;
    }
}

#[async_trait]
impl Session for SqliteConnection {
    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(self).await.map(drop)
    }

    async fn look_up(&mut self, streams: &[&StreamId], ids: &[EventId]) -> Result<Known, sqlx::Error> {
        let ids: Vec<String> = ids.iter().map(|id| id.uuid().simple().to_string()).collect();
        let query = sqlx::query_as::<_, KnownRow>(
            "SELECT 0 AS what, position, NULL AS stream, NULL AS version, NULL AS kind, NULL AS schema,
                 NULL AS data, NULL AS event_id, NULL AS at_us, hash
             FROM log_head
             UNION ALL
             SELECT 1, e.position, e.stream, e.version, NULL, NULL, NULL, e.event_id, NULL, e.hash
             FROM json_each($1) AS named JOIN events AS e ON e.stream = named.value
                 AND e.version = (SELECT max(version) FROM events WHERE stream = named.value)
             UNION ALL
             SELECT 2, e.position, e.stream, e.version, e.kind, e.schema, e.data, e.event_id, e.at_us, e.hash
             FROM json_each($2) AS named JOIN events AS e ON e.event_id = unhex(named.value)",
        );
        rows::known(query.bind(json(&streams)?).bind(json(&ids)?).fetch_all(self).await?)
    }

    async fn append(&mut self, events: &[Recorded]) -> Result<(), sqlx::Error> {
        let last = events.last().expect("a batch without events is not written");
        let rows: Vec<_> = events.iter().map(row).collect();
        let query = sqlx::query(
            "INSERT INTO events (position, stream, version, kind, schema, data, event_id, at_us, hash)
             SELECT value->>0, value->>1, value->>2, value->>3, value->>4, unhex(value->>5), unhex(value->>6),
                 value->>7, unhex(value->>8)
             FROM json_each($1);
             UPDATE log_head SET position = $2, hash = $3",
        );
        query.bind(json(&rows)?).bind(to_i64(last.position)).bind(last.hash.as_slice()).execute(self).await.map(drop)
    }

    async fn commit(&mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("COMMIT").execute(self).await.map(drop)
    }

    async fn roll_back(&mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("ROLLBACK").execute(self).await.map(drop)
    }
}

type RowText<'e> = (u64, &'e str, u64, &'e str, i32, String, String, i64, String);

/// One statement takes any number of rows only as one value: JSON, with bytes in hex.
fn row(event: &Recorded) -> RowText<'_> {
    let id = event.id.uuid().simple().to_string();
    let (data, hash) = (hex(&event.data), hex(&event.hash));
    (
        event.position,
        event.stream.as_str(),
        event.version,
        &event.kind,
        event.schema,
        data,
        id,
        event.at.micros(),
        hash,
    )
}

fn json(value: &impl serde::Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
