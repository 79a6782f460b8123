//! Rows of the log as both drivers give them, and what they mean.

use aipaygen_events::{EventId, StreamId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::batch::Known;
use crate::{Head, ReadError, Recorded};

#[derive(FromRow)]
pub(super) struct EventRow {
    position: i64,
    stream: String,
    version: i64,
    kind: String,
    schema: i32,
    data: Vec<u8>,
    event_id: Uuid,
    at_us: i64,
    hash: Vec<u8>,
}

#[derive(FromRow)]
pub(super) struct HeadRow {
    position: i64,
    hash: Vec<u8>,
}

/// One row of the writer's question. `what` tells which of its three parts the row answers.
#[derive(FromRow)]
pub(super) struct KnownRow {
    what: i32,
    position: i64,
    stream: Option<String>,
    version: Option<i64>,
    kind: Option<String>,
    schema: Option<i32>,
    data: Option<Vec<u8>>,
    event_id: Option<Uuid>,
    at_us: Option<i64>,
    hash: Vec<u8>,
}

pub(super) fn events(rows: Vec<EventRow>) -> Result<Vec<Recorded>, ReadError> {
    rows.into_iter().map(event).collect()
}

pub(super) fn event(row: EventRow) -> Result<Recorded, ReadError> {
    let position = row.position;
    recorded(row).ok_or(ReadError::Malformed { position })
}

pub(super) fn head(row: HeadRow) -> Result<Head, ReadError> {
    let head = || Some(Head { position: row.position.try_into().ok()?, hash: row.hash.try_into().ok()? });
    head().ok_or(ReadError::Malformed { position: row.position })
}

/// What the writer has to know. A row that is none of ours fails the transaction.
pub(super) fn known(rows: Vec<KnownRow>) -> Result<Known, sqlx::Error> {
    let mut known = Known::default();
    for row in rows {
        learn(&mut known, row).ok_or_else(|| sqlx::Error::Decode("a row of the log is malformed".into()))?;
    }
    Ok(known)
}

fn learn(known: &mut Known, row: KnownRow) -> Option<()> {
    match row.what {
        0 => known.head = head(HeadRow { position: row.position, hash: row.hash }).ok()?,
        1 => {
            let end = (row.version?.try_into().ok()?, EventId::from_uuid(row.event_id?));
            known.ends.insert(StreamId::from_stored(row.stream?), end);
        }
        _ => {
            let event = recorded(EventRow {
                position: row.position,
                stream: row.stream?,
                version: row.version?,
                kind: row.kind?,
                schema: row.schema?,
                data: row.data?,
                event_id: row.event_id?,
                at_us: row.at_us?,
                hash: row.hash,
            })?;
            known.existing.insert(event.id, event);
        }
    }
    Some(())
}

fn recorded(row: EventRow) -> Option<Recorded> {
    Some(Recorded {
        position: row.position.try_into().ok()?,
        stream: StreamId::from_stored(row.stream),
        version: row.version.try_into().ok()?,
        kind: row.kind,
        schema: row.schema,
        data: row.data,
        id: EventId::from_uuid(row.event_id),
        at: Timestamp::from_micros(row.at_us),
        hash: row.hash.try_into().ok()?,
    })
}
