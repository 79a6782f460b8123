//! Appending: whole or not at all, on what the decision was made on, each identity once.

use std::time::{Duration, Instant};

use aipaygen_events::EventId;
use aipaygen_journal::{AppendError, Expected, StreamAppend};

use crate::support::{Stage, after, conflict, duplicate, event, one, stream};

/// Longer than any test.
const ALL_DAY: Duration = Duration::from_secs(86_400);

on_both!(
    an_append_reads_back_as_it_was,
    several_streams_are_appended_to_at_once_or_not_at_all,
    a_stream_that_has_gone_on_is_a_conflict,
    a_version_that_another_event_took_is_a_conflict,
    decisions_may_build_on_appends_that_are_not_answered_yet,
    an_identity_is_there_once_and_that_is_said_before_a_conflict,
    an_identity_is_there_once_within_a_batch_too,
    a_refused_append_takes_no_other_with_it,
    the_order_of_submission_is_the_order_of_the_log,
    an_append_that_may_wait_shares_the_commit_of_the_next,
    an_append_that_may_wait_is_made_when_it_is_due,
    the_end_of_the_journal_does_not_wait_for_company,
    an_append_without_events_checks_what_it_expects,
    the_journal_opens_again_where_it_ended,
);

async fn an_append_reads_back_as_it_was(stage: &mut Stage) {
    let journal = stage.journal().await;
    let appended = journal.append(one("a", Expected::Empty, event("first"))).await.unwrap();
    assert_eq!(appended.position, 1);
    let found = journal.find(EventId::named("first")).await.unwrap().unwrap();
    assert_eq!((found.position, found.version, found.schema), (1, 1, 1));
    assert_eq!((found.kind.as_str(), found.stream.as_str()), ("test.happened", "a"));
    assert_eq!(found.data, event("first").data);
    assert_eq!(journal.head().await.unwrap().hash, found.hash);
    let only = [found];
    assert_eq!(journal.read(&stream("a"), 0).await.unwrap(), only);
    assert_eq!(journal.read_all(0, 10).await.unwrap(), only);
    assert!(journal.read(&stream("a"), 1).await.unwrap().is_empty());
    assert!(journal.find(EventId::named("never")).await.unwrap().is_none());
}

async fn several_streams_are_appended_to_at_once_or_not_at_all(stage: &mut Stage) {
    let journal = stage.journal().await;
    let part = |name: &str, names: &[&str]| StreamAppend {
        stream: stream(name),
        expected: Expected::Empty,
        events: names.iter().map(|name| event(name)).collect(),
    };
    let both = journal.append(vec![part("a", &["a1", "a2"]), part("b", &["b1"])]).await.unwrap();
    assert_eq!(both.position, 3);
    let refused = journal.append(vec![part("c", &["c1"]), part("b", &["b2"])]).await;
    assert_eq!(conflict(refused), stream("b"));
    assert!(journal.read(&stream("c"), 0).await.unwrap().is_empty());
    let log = journal.read_all(0, 10).await.unwrap();
    let places: Vec<_> = log.iter().map(|e| (e.position, e.stream.as_str(), e.version)).collect();
    assert_eq!(places, [(1, "a", 1), (2, "a", 2), (3, "b", 1)]);
}

async fn a_stream_that_has_gone_on_is_a_conflict(stage: &mut Stage) {
    let journal = stage.journal().await;
    journal.append(one("a", Expected::Empty, event("1"))).await.unwrap();
    journal.append(one("a", after(1, "1"), event("2"))).await.unwrap();
    for stale in [Expected::Empty, after(1, "1"), after(3, "3")] {
        assert_eq!(conflict(journal.append(one("a", stale, event("x"))).await), stream("a"));
    }
    assert_eq!(conflict(journal.append(one("new", after(1, "1"), event("x"))).await), stream("new"));
    journal.append(one("a", after(2, "2"), event("3"))).await.unwrap();
}

async fn a_version_that_another_event_took_is_a_conflict(stage: &mut Stage) {
    let (mine, theirs) = (stage.journal().await, stage.journal().await);
    mine.append(one("a", Expected::Empty, event("1"))).await.unwrap();
    theirs.append(one("a", after(1, "1"), event("theirs"))).await.unwrap();
    // Decided on the state before: the second meets the right version, with another event in it.
    let second = mine.submit(one("a", after(1, "1"), event("mine"))).unwrap();
    let third = mine.submit(one("a", after(2, "mine"), event("built on mine"))).unwrap();
    assert_eq!(conflict(second.await), stream("a"));
    assert_eq!(conflict(third.await), stream("a"));
    assert_eq!(mine.read(&stream("a"), 0).await.unwrap().len(), 2);
}

async fn decisions_may_build_on_appends_that_are_not_answered_yet(stage: &mut Stage) {
    let journal = stage.journal().await;
    let mut expected = Expected::Empty;
    let mut pending = Vec::new();
    for version in 1..=100 {
        let name = version.to_string();
        pending.push(journal.submit(one("a", expected, event(&name))).unwrap());
        expected = after(version, &name);
    }
    for (index, appended) in pending.into_iter().enumerate() {
        assert_eq!(appended.await.unwrap().position, index as u64 + 1);
    }
    // The clock ticks once a batch: all of them were in one.
    let log = journal.read(&stream("a"), 0).await.unwrap();
    assert!(log.iter().all(|event| event.at.micros() == 1));
}

async fn an_identity_is_there_once_and_that_is_said_before_a_conflict(stage: &mut Stage) {
    let journal = stage.journal().await;
    journal.append(one("a", Expected::Empty, event("1"))).await.unwrap();
    journal.append(one("a", after(1, "1"), event("2"))).await.unwrap();
    for append in [one("a", Expected::Empty, event("1")), one("b", Expected::Empty, event("1"))] {
        let existing = duplicate(journal.append(append).await);
        assert_eq!((existing.position, existing.id), (1, EventId::named("1")));
        assert_eq!(existing.data, event("1").data);
    }
    assert_eq!(journal.head().await.unwrap().position, 2);
}

async fn an_identity_is_there_once_within_a_batch_too(stage: &mut Stage) {
    let journal = stage.journal().await;
    // The writer cannot run between these: the test has one thread.
    let first = journal.submit(one("a", Expected::Empty, event("same"))).unwrap();
    let second = journal.submit(one("b", Expected::Empty, event("same"))).unwrap();
    let third = journal.submit(one("a", after(1, "same"), event("other"))).unwrap();
    assert_eq!(first.await.unwrap().position, 1);
    let existing = duplicate(second.await);
    assert_eq!((existing.stream.as_str(), existing.position), ("a", 1));
    assert_eq!(third.await.unwrap().position, 2);
    // The clock ticks once a batch: nothing was refused by the database and tried again.
    assert_eq!(existing.at.micros(), 1);
    assert_eq!(existing, journal.find(EventId::named("same")).await.unwrap().unwrap());
}

async fn a_refused_append_takes_no_other_with_it(stage: &mut Stage) {
    let journal = stage.journal().await;
    let before = journal.submit(one("a", Expected::Empty, event("1"))).unwrap();
    let refused = journal.submit(one(&"n".repeat(201), Expected::Empty, event("2"))).unwrap();
    let after = journal.submit(one("b", Expected::Empty, event("3"))).unwrap();
    assert_eq!(before.await.unwrap().position, 1);
    assert!(matches!(refused.await, Err(AppendError::Unavailable(_))));
    assert_eq!(after.await.unwrap().position, 2);
    assert!(journal.find(EventId::named("2")).await.unwrap().is_none());
}

async fn the_order_of_submission_is_the_order_of_the_log(stage: &mut Stage) {
    let journal = stage.journal().await;
    let names: Vec<String> = (0..300).map(|number| number.to_string()).collect();
    let submit = |name: &String| journal.submit(one(name, Expected::Empty, event(name))).unwrap();
    for pending in names.iter().map(submit).collect::<Vec<_>>() {
        pending.await.unwrap();
    }
    let log = journal.read_all(0, 1_000).await.unwrap();
    let order: Vec<_> = log.iter().map(|event| event.stream.as_str().to_owned()).collect();
    assert_eq!(order, names);
}

async fn an_append_that_may_wait_shares_the_commit_of_the_next(stage: &mut Stage) {
    let journal = stage.journal().await;
    let patient = journal.submit_within(one("a", Expected::Empty, event("1")), ALL_DAY).unwrap();
    let urgent = journal.append(one("a", after(1, "1"), event("2"))).await.unwrap();
    assert_eq!((patient.await.unwrap().position, urgent.position), (1, 2));
    let log = journal.read_all(0, 10).await.unwrap();
    // What is committed together bears one time.
    assert_eq!(log[0].at, log[1].at);
}

async fn an_append_that_may_wait_is_made_when_it_is_due(stage: &mut Stage) {
    let (journal, began, may_wait) = (stage.journal().await, Instant::now(), Duration::from_millis(20));
    let alone = journal.submit_within(one("a", Expected::Empty, event("1")), may_wait).unwrap();
    assert_eq!(alone.await.unwrap().position, 1);
    assert!(began.elapsed() >= may_wait);
}

async fn the_end_of_the_journal_does_not_wait_for_company(stage: &mut Stage) {
    let journal = stage.journal().await;
    let patient = journal.submit_within(one("a", Expected::Empty, event("1")), ALL_DAY).unwrap();
    journal.close().await;
    assert_eq!(patient.await.unwrap().position, 1);
}

async fn an_append_without_events_checks_what_it_expects(stage: &mut Stage) {
    let journal = stage.journal().await;
    journal.append(one("a", Expected::Empty, event("1"))).await.unwrap();
    let check = |expected| vec![StreamAppend { stream: stream("a"), expected, events: vec![] }];
    assert_eq!(journal.append(check(after(1, "1"))).await.unwrap().position, 1);
    assert_eq!(conflict(journal.append(check(Expected::Empty)).await), stream("a"));
}

async fn the_journal_opens_again_where_it_ended(stage: &mut Stage) {
    let journal = stage.journal().await;
    journal.append(one("a", Expected::Empty, event("1"))).await.unwrap();
    journal.close().await;
    assert!(matches!(journal.append(one("b", Expected::Empty, event("2"))).await, Err(AppendError::Unavailable(_))));
    let journal = stage.journal().await;
    assert_eq!(journal.append(one("a", after(1, "1"), event("2"))).await.unwrap().position, 2);
}
