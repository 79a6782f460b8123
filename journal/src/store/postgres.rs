//! The log on Postgres: the schema `log`, one row locked by one writer at a time, a notification a batch.

use std::time::Duration;

use aipaygen_events::{EventId, StreamId};
use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPool, PgPoolOptions};
use tokio::sync::watch;
use uuid::Uuid;

use super::rows::{self, EventRow, HeadRow, KnownRow};
use super::{Access, Session, Store, to_i64};
use crate::batch::Known;
use crate::connect::{self, Role};
use crate::migrate::{self, LOG_SCHEMA};
use crate::{Head, OpenError, ReadError, Recorded, Settings};

/// Where the writer tells of a batch; the payload is the position of its last event.
const CHANNEL: &str = "aipaygen_log";

/// How long a lost listener waits before it listens again. Meanwhile the log is polled.
const LISTEN_AGAIN: Duration = Duration::from_millis(500);

pub(super) struct Postgres {
    options: PgConnectOptions,
    role: Role,
    read: PgPool,
    listen: PgPool,
}

impl Postgres {
    pub(super) async fn open(settings: &Settings, to: &PgConnectOptions, access: Access) -> Result<Self, OpenError> {
        let role = match access {
            Access::Append => Role::Writer,
            Access::Read => Role::Reader,
        };
        let options = connect::by_index(connect::postgres(to, LOG_SCHEMA, role));
        let read = connect::postgres_pool(settings, options.clone(), role).await?;
        migrate::check_postgres_log(&read).await?;
        let listen = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let listen = listen.connect_lazy_with(options.clone());
        Ok(Self { options, role, read, listen })
    }

    async fn hear(&self, head: &watch::Sender<u64>) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(&self.listen).await?;
        listener.listen(CHANNEL).await?;
        loop {
            let told = listener.recv().await?;
            if let Ok(position) = told.payload().parse() {
                crate::tail::raise(head, position);
            }
        }
    }
}

#[async_trait]
impl Store for Postgres {
    async fn session(&self) -> Result<Box<dyn Session>, sqlx::Error> {
        // An answer stands for what is on the disk, whatever the server's own default.
        let options = self.options.clone().options([("synchronous_commit", "on")]);
        Ok(Box::new(connect::postgres_alone(&options, self.role).await?))
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

    async fn listen(&self, head: &watch::Sender<u64>) {
        while let Err(error) = self.hear(head).await {
            tracing::debug!(error = crate::away::in_brief(&error), "the log is only polled for the moment");
            tokio::time::sleep(LISTEN_AGAIN).await;
        }
    }

    async fn close(&self) {
        self.listen.close().await;
        self.read.close().await;
    }
}

#[async_trait]
impl Session for PgConnection {
    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        // What is read after the lock is in a statement of its own, and sees what the writer before committed.
        sqlx::raw_sql("BEGIN; SELECT 1 FROM log_head FOR UPDATE").execute(self).await.map(drop)
    }

    async fn look_up(&mut self, streams: &[&StreamId], ids: &[EventId]) -> Result<Known, sqlx::Error> {
        let streams: Vec<&str> = streams.iter().map(|stream| stream.as_str()).collect();
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let query = sqlx::query_as::<_, KnownRow>(
            "SELECT 0 AS what, position, NULL::text AS stream, NULL::bigint AS version, NULL::text AS kind,
                 NULL::integer AS schema, NULL::bytea AS data, NULL::uuid AS event_id, NULL::bigint AS at_us, hash
             FROM log_head
             UNION ALL
             SELECT 1, e.position, e.stream, e.version, NULL, NULL, NULL, e.event_id, NULL, e.hash
             FROM unnest($1::text[]) AS named (stream) CROSS JOIN LATERAL
                 (SELECT * FROM events WHERE events.stream = named.stream ORDER BY version DESC LIMIT 1) AS e
             UNION ALL
             SELECT 2, position, stream, version, kind, schema, data, event_id, at_us, hash
             FROM events WHERE event_id = ANY ($2::uuid[])",
        );
        rows::known(query.bind(streams).bind(ids).fetch_all(self).await?)
    }

    async fn append(&mut self, events: &[Recorded]) -> Result<(), sqlx::Error> {
        let last = events.last().expect("a batch without events is not written");
        let query = sqlx::query(
            "WITH appended AS (
                 INSERT INTO events (position, stream, version, kind, schema, data, event_id, at_us, hash)
                 SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::integer[],
                     $6::bytea[], $7::uuid[], $8::bigint[], $9::bytea[])
             ), moved AS (UPDATE log_head SET position = $10, hash = $11)
             SELECT pg_notify($12, $13)",
        );
        query
            .bind(column(events, |e| to_i64(e.position)))
            .bind(column(events, |e| e.stream.as_str()))
            .bind(column(events, |e| to_i64(e.version)))
            .bind(column(events, |e| e.kind.as_str()))
            .bind(column(events, |e| e.schema))
            .bind(column(events, |e| e.data.as_slice()))
            .bind(column(events, |e| e.id.uuid()))
            .bind(column(events, |e| e.at.micros()))
            .bind(column(events, |e| e.hash.as_slice()))
            .bind(to_i64(last.position))
            .bind(last.hash.as_slice())
            .bind(CHANNEL)
            .bind(last.position.to_string())
            .execute(self)
            .await
            .map(drop)
    }

    async fn commit(&mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("COMMIT").execute(self).await.map(drop)
    }

    async fn roll_back(&mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("ROLLBACK").execute(self).await.map(drop)
    }
}

fn column<'e, T>(events: &'e [Recorded], field: impl Fn(&'e Recorded) -> T) -> Vec<T> {
    events.iter().map(field).collect()
}
