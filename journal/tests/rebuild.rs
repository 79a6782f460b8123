//! Rebuilding the read models beside the live ones, and flipping to them while they are in use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aipaygen_journal::db::{Db, DbError, Value};

use crate::db::{move_to, position};
use crate::support::Stage;

on_both!(
    a_scratch_takes_the_place_of_the_live_tables,
    what_an_earlier_rebuild_left_is_dropped,
    only_a_scratch_is_adopted,
    a_flip_disturbs_nobody,
);

async fn a_scratch_takes_the_place_of_the_live_tables(stage: &mut Stage) {
    let (db, reader) = (Db::open(&stage.settings).await.unwrap(), Db::open_reading(&stage.settings).await.unwrap());
    for round in [10, 20] {
        move_to(&db, round).await;
        let scratch = db.scratch().await.unwrap();
        assert_eq!(position(&scratch).await, 0);
        move_to(&scratch, round + 1).await;
        assert_eq!(position(&db).await, u64::try_from(round).unwrap());
        db.adopt(scratch).await.unwrap();
        for db in [&db, &reader, &Db::open_reading(&stage.settings).await.unwrap()] {
            assert_eq!(position(db).await, u64::try_from(round).unwrap() + 1);
        }
        move_to(&db, round + 2).await;
    }
}

async fn what_an_earlier_rebuild_left_is_dropped(stage: &mut Stage) {
    let db = Db::open(&stage.settings).await.unwrap();
    let left = db.scratch().await.unwrap();
    move_to(&left, 5).await;
    left.close().await;
    assert_eq!(position(&db.scratch().await.unwrap()).await, 0);
}

async fn only_a_scratch_is_adopted(stage: &mut Stage) {
    let db = Db::open(&stage.settings).await.unwrap();
    move_to(&db, 5).await;
    assert!(matches!(db.adopt(db.clone()).await, Err(DbError::NotAScratch)));
    assert_eq!(position(&db).await, 5);
}

/// Moves the checkpoint on by one, as a projection does: what it was is read in the same transaction.
async fn project(db: Db, stop: Arc<AtomicBool>) -> u64 {
    let mut transactions = 0;
    while !stop.load(Ordering::Relaxed) {
        let mut tx = db.begin().await.unwrap();
        let next = "UPDATE checkpoint SET position = position + 1 RETURNING position";
        let moved = tx.fetch_optional(next, &[]).await.unwrap().unwrap().i64("position").unwrap();
        let there = "SELECT position FROM checkpoint WHERE position = $1";
        let there = tx.fetch_optional(there, &[Value::from(moved)]).await.unwrap();
        assert!(there.is_some(), "one foot in the old tables and one in the new");
        tx.commit().await.unwrap();
        transactions += 1;
    }
    transactions
}

async fn a_flip_disturbs_nobody(stage: &mut Stage) {
    let (db, reader) = (Db::open(&stage.settings).await.unwrap(), Db::open_reading(&stage.settings).await.unwrap());
    let stop = Arc::new(AtomicBool::new(false));
    let projector = tokio::spawn(project(db.clone(), stop.clone()));
    for round in 1..=5 {
        let scratch = db.scratch().await.unwrap();
        move_to(&scratch, round * 1_000_000).await;
        db.adopt(scratch).await.unwrap();
        assert!(position(&reader).await >= u64::try_from(round).unwrap() * 1_000_000);
    }
    stop.store(true, Ordering::Relaxed);
    assert!(projector.await.unwrap() > 0);
}
