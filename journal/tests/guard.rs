//! The database itself refuses to change the log, whoever asks.

use aipaygen_journal::{Expected, Reader};

use crate::support::{Stage, event, one};

on_both!(the_past_is_not_changed, the_head_only_moves_on, a_reader_is_refused_every_write,);

on_postgres!(the_writer_appends_by_the_rights_of_its_role, no_role_may_change_an_event,);

const CHANGES: &[&str] = &[
    "UPDATE events SET kind = 'other'",
    "UPDATE events SET kind = 'other' WHERE position = 99",
    "DELETE FROM events",
    "DELETE FROM events WHERE position = 1",
];

async fn refused(stage: &Stage, sql: &'static str) {
    assert!(stage.behind_its_back(sql).await.is_err(), "not refused: {sql}");
}

async fn the_past_is_not_changed(stage: &mut Stage) {
    let journal = stage.journal().await;
    journal.append(one("a", Expected::Empty, event("1"))).await.unwrap();
    for &change in CHANGES {
        // Where no row is touched, SQLite has nothing to refuse.
        if !stage.is_sqlite() || !change.contains("99") {
            refused(stage, change).await;
        }
    }
    let by_dialect: &[&str] = if stage.is_sqlite() {
        &[
            "INSERT OR REPLACE INTO events SELECT position, 'b', 1, kind, schema, data, zeroblob(16), at_us, hash FROM events",
            "INSERT OR REPLACE INTO events SELECT 2, 'b', 1, kind, schema, data, event_id, at_us, hash FROM events",
            "INSERT OR REPLACE INTO events SELECT 2, stream, version, kind, schema, data, zeroblob(16), at_us, hash FROM events",
            "INSERT OR REPLACE INTO log_head VALUES (1, 0, zeroblob(32))",
        ]
    } else {
        &[
            "TRUNCATE events",
            "TRUNCATE log_head",
            "SET session_replication_role = replica; UPDATE events SET kind = 'other'",
            "INSERT INTO events SELECT * FROM events ON CONFLICT (position) DO UPDATE SET kind = 'other'",
        ]
    };
    for &change in by_dialect {
        refused(stage, change).await;
    }
    assert_eq!(journal.read_all(0, 10).await.unwrap()[0].kind, "test.happened");
}

async fn the_head_only_moves_on(stage: &mut Stage) {
    let journal = stage.journal().await;
    journal.append(one("a", Expected::Empty, event("1"))).await.unwrap();
    for change in ["UPDATE log_head SET position = 0", "UPDATE log_head SET hash = hash", "DELETE FROM log_head"] {
        refused(stage, change).await;
    }
    assert_eq!(journal.head().await.unwrap().position, 1);
}

async fn a_reader_is_refused_every_write(stage: &mut Stage) {
    let db = aipaygen_journal::db::Db::open_reading(&stage.settings).await.unwrap();
    let write = async {
        let mut tx = db.begin().await?;
        tx.execute("UPDATE checkpoint SET position = 7", &[]).await?;
        tx.commit().await
    };
    write.await.unwrap_err();
    let row = db.fetch_optional("SELECT position FROM checkpoint", &[]).await.unwrap().unwrap();
    assert_eq!(row.u64("position").unwrap(), 0);
}

/// A superuser's session has the writer's rights and no more: what the role loses, the journal loses.
async fn the_writer_appends_by_the_rights_of_its_role(stage: &mut Stage) {
    stage.behind_its_back("REVOKE INSERT ON events FROM aipaygen_writer").await.unwrap();
    let journal = stage.journal().await;
    assert!(journal.append(one("a", Expected::Empty, event("1"))).await.is_err());
    stage.behind_its_back("GRANT INSERT ON events TO aipaygen_writer").await.unwrap();
    journal.append(one("a", Expected::Empty, event("1"))).await.unwrap();
    stage.behind_its_back("REVOKE SELECT ON events FROM aipaygen_reader").await.unwrap();
    let reader = Reader::open(&stage.settings).await.unwrap();
    assert!(reader.read_all(0, 1).await.is_err());
}

async fn no_role_may_change_an_event(stage: &mut Stage) {
    for change in [
        "SET ROLE aipaygen_writer; UPDATE events SET kind = 'other'",
        "SET ROLE aipaygen_writer; DELETE FROM events",
        "SET ROLE aipaygen_writer; TRUNCATE events",
        "SET ROLE aipaygen_writer; DELETE FROM log_head",
        "SET ROLE aipaygen_writer; ALTER TABLE events DISABLE TRIGGER ALL",
        "SET ROLE aipaygen_projector; INSERT INTO events SELECT * FROM events",
        "SET ROLE aipaygen_projector; UPDATE log_head SET position = 9",
        "SET ROLE aipaygen_reader; INSERT INTO events SELECT * FROM events",
        "SET ROLE aipaygen_reader; UPDATE log_head SET position = 9",
        "SET ROLE aipaygen_reader; DELETE FROM read.checkpoint",
        "SET ROLE aipaygen_writer; DELETE FROM read.checkpoint",
    ] {
        let error = stage.behind_its_back(change).await.unwrap_err();
        let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
        assert_eq!(code, "42501", "{change}: {error}");
    }
}
