//! Readers wake up for an append: at once in its own process, soon in every other.

use std::time::{Duration, Instant};

use aipaygen_journal::{Expected, ReadError, Reader, Recorded, Settings, Subscription};
use tokio::time::timeout;

use crate::support::{Stage, event, expected_after, journal, one, stream, wait};

on_both!(
    an_append_wakes_its_own_process_without_polling,
    a_reader_that_comes_late_gets_what_it_missed,
    an_append_wakes_other_processes_by_polling,
    a_missing_event_stops_every_reader,
    closing_ends_the_subscriptions,
);

on_postgres!(a_notification_wakes_other_processes_without_polling,);

/// So that nothing that wakes can be a poll.
fn unpolled(stage: &Stage) -> Settings {
    Settings { poll_interval_ms: 3_600_000, ..stage.settings.clone() }
}

async fn next(subscription: &mut Subscription) -> Vec<Recorded> {
    timeout(wait::DEADLINE, subscription.next(100)).await.expect("the reader wakes up").unwrap()
}

async fn an_append_wakes_its_own_process_without_polling(stage: &mut Stage) {
    let journal = journal(&unpolled(stage)).await;
    let mut subscription = journal.subscribe(0);
    for position in 1..=3 {
        let name = position.to_string();
        let (events, appended) =
            tokio::join!(next(&mut subscription), journal.append(one(&name, Expected::Empty, event(&name))),);
        assert_eq!((events.len(), events[0].position), (1, appended.unwrap().position));
    }
    assert_eq!(subscription.position(), 3);
}

async fn a_reader_that_comes_late_gets_what_it_missed(stage: &mut Stage) {
    let journal = journal(&unpolled(stage)).await;
    for name in ["1", "2", "3"] {
        journal.append(one(name, Expected::Empty, event(name))).await.unwrap();
    }
    let reader = Reader::open(&unpolled(stage)).await.unwrap();
    assert_eq!(next(&mut reader.subscribe(1)).await.len(), 2);
}

async fn an_append_wakes_other_processes_by_polling(stage: &mut Stage) {
    let (journal, reader) = (stage.journal().await, stage.reader().await);
    let mut subscription = reader.subscribe(0);
    for position in 1..=10 {
        let name = position.to_string();
        journal.append(one(&name, Expected::Empty, event(&name))).await.unwrap();
        let answered = Instant::now();
        assert_eq!(next(&mut subscription).await[0].position, position);
        assert!(answered.elapsed() < Duration::from_secs(1), "{:?}", answered.elapsed());
    }
}

async fn a_missing_event_stops_every_reader(stage: &mut Stage) {
    let journal = stage.journal().await;
    for name in ["1", "2", "3"] {
        journal.append(one("a", expected_after(&journal, "a").await, event(name))).await.unwrap();
    }
    stage.without_triggers("DELETE FROM events WHERE position = 2").await;
    let mut subscription = journal.subscribe(0);
    for _ in 0..2 {
        let gap = timeout(wait::DEADLINE, subscription.next(10)).await.unwrap();
        assert!(matches!(gap, Err(ReadError::Gap { expected: 2, found: 3 })), "{gap:?}");
    }
    assert!(matches!(journal.read_all(0, 10).await, Err(ReadError::Gap { .. })));
    assert!(matches!(journal.read(&stream("a"), 0).await, Err(ReadError::Gap { expected: 2, found: 3 })));
}

async fn closing_ends_the_subscriptions(stage: &mut Stage) {
    let journal = stage.journal().await;
    let mut subscription = journal.subscribe(0);
    let (ended, ()) = tokio::join!(timeout(wait::DEADLINE, subscription.next(1)), journal.close());
    assert!(matches!(ended.unwrap(), Err(ReadError::Closed)));
}

async fn a_notification_wakes_other_processes_without_polling(stage: &mut Stage) {
    let (journal, reader) = (stage.journal().await, Reader::open(&unpolled(stage)).await.unwrap());
    let mut subscription = reader.subscribe(0);
    wait::until("the reader listens", async || stage.both_listen().await.then_some(())).await;
    for position in 1..=3 {
        let name = position.to_string();
        journal.append(one(&name, Expected::Empty, event(&name))).await.unwrap();
        assert_eq!(next(&mut subscription).await[0].position, position);
    }
}
