//! The read-model database, as projections and queries use it.

use aipaygen_journal::Settings;
use aipaygen_journal::db::{Backend, Db, DbError, Value};

use crate::support::Stage;

on_both!(
    values_come_back_as_they_went,
    a_transaction_is_kept_whole_or_not_at_all,
    a_snapshot_sees_one_moment,
    a_statement_that_is_refused_is_told_from_one_that_can_be_tried_again,
);

const POSITION: &str = "SELECT position FROM checkpoint";
const MOVE: &str = "UPDATE checkpoint SET position = $1";

pub(crate) async fn position(db: &Db) -> u64 {
    db.fetch_optional(POSITION, &[]).await.unwrap().unwrap().u64("position").unwrap()
}

pub(crate) async fn move_to(db: &Db, position: i64) {
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.execute(MOVE, &[Value::from(position)]).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

async fn values_come_back_as_they_went(stage: &mut Stage) {
    let db = Db::open(&stage.settings).await.unwrap();
    let sql = match db.backend() {
        Backend::Postgres => "SELECT $1::boolean AS a, $2::bigint AS b, $3::text AS c, $4::bytea AS d",
        Backend::Sqlite => "SELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d",
    };
    assert_eq!(db.backend() == Backend::Sqlite, stage.is_sqlite());
    let there = [Value::from(true), Value::int(-7), Value::text("seven"), Value::from([7; 32])];
    let row = db.fetch_optional(sql, &there).await.unwrap().unwrap();
    assert!(row.bool("a").unwrap());
    assert_eq!(row.i64("b").unwrap(), -7);
    assert_eq!(row.text("c").unwrap(), "seven");
    assert_eq!(row.bytes("d").unwrap(), [7; 32]);
    assert!(matches!(row.u64("b"), Err(DbError::Column { column: "b" })));
    assert!(matches!(row.i64("c"), Err(DbError::Column { column: "c" })));
    assert!(matches!(row.text("absent"), Err(DbError::Column { column: "absent" })));

    let nulls = [None::<bool>.into(), None::<i64>.into(), None::<String>.into(), None::<Vec<u8>>.into()];
    let rows = db.fetch_all(sql, &nulls).await.unwrap();
    assert_eq!(rows[0].opt_bool("a").unwrap(), None);
    assert_eq!(rows[0].opt_i64("b").unwrap(), None);
    assert_eq!(rows[0].opt_text("c").unwrap(), None);
    assert_eq!(rows[0].opt_bytes("d").unwrap(), None);
    assert!(matches!(rows[0].i64("b"), Err(DbError::Column { .. })));
}

async fn a_transaction_is_kept_whole_or_not_at_all(stage: &mut Stage) {
    let db = Db::open(&stage.settings).await.unwrap();
    let mut dropped = db.begin().await.unwrap();
    dropped.execute(MOVE, &[Value::int(1)]).await.unwrap();
    assert_eq!(dropped.fetch_optional(POSITION, &[]).await.unwrap().unwrap().i64("position").unwrap(), 1);
    assert_eq!(position(&db).await, 0);
    drop(dropped);
    assert_eq!(position(&db).await, 0);
    move_to(&db, 2).await;
    assert_eq!(position(&db).await, 2);
    assert_eq!(position(&Db::open_reading(&stage.settings).await.unwrap()).await, 2);
}

async fn a_snapshot_sees_one_moment(stage: &mut Stage) {
    let (db, reader) = (Db::open(&stage.settings).await.unwrap(), Db::open_reading(&stage.settings).await.unwrap());
    let mut snapshot = reader.snapshot().await.unwrap();
    let before = snapshot.fetch_all(POSITION, &[]).await.unwrap();
    move_to(&db, 3).await;
    let after = snapshot.fetch_all(POSITION, &[]).await.unwrap();
    assert_eq!(before[0].i64("position").unwrap(), after[0].i64("position").unwrap());
    snapshot.commit().await.unwrap();
    assert_eq!(position(&reader).await, 3);
}

async fn a_statement_that_is_refused_is_told_from_one_that_can_be_tried_again(stage: &mut Stage) {
    let impatient = Settings { unavailable_after_ms: 300, ..stage.settings.clone() };
    let db = Db::open(&impatient).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    assert!(matches!(tx.execute(MOVE, &[Value::int(-1)]).await, Err(DbError::Refused(_))));
    drop(tx);
    assert!(matches!(db.fetch_all("SELECT nothing FROM nowhere", &[]).await, Err(DbError::Refused(_))));
    if !stage.is_sqlite() {
        stage.crash().await;
        assert!(matches!(db.fetch_all(POSITION, &[]).await, Err(DbError::Away(_))));
        stage.restart().await;
        assert_eq!(position(&db).await, 0);
    }
}
