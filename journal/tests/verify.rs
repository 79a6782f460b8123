//! The hash chain finds what was done to the log behind the writer's back.

use aipaygen_journal::{Expected, Head, Journal, VerifyError};

use crate::support::{Stage, after, event, one};

on_both!(
    an_untouched_log_is_whole,
    a_changed_event_is_found,
    a_removed_event_is_found,
    a_moved_event_is_found,
    a_cut_tail_is_found,
    a_trusted_head_finds_a_tail_that_was_cut_with_its_head,
    a_chain_that_was_computed_again_does_not_meet_a_trusted_head,
);

/// A log of five events.
async fn five(stage: &Stage) -> Journal {
    let journal = stage.journal().await;
    let mut expected = Expected::Empty;
    for version in 1..=5 {
        let name = version.to_string();
        journal.append(one("a", expected, event(&name))).await.unwrap();
        expected = after(version, &name);
    }
    journal
}

async fn broken(journal: &Journal, from: Head) -> u64 {
    match journal.verify(from).await {
        Err(VerifyError::Broken { position }) => position,
        other => panic!("not found broken: {other:?}"),
    }
}

async fn an_untouched_log_is_whole(stage: &mut Stage) {
    let journal = stage.journal().await;
    assert_eq!(journal.verify(Head::default()).await.unwrap(), Head::default());
    let journal = five(stage).await;
    let head = journal.head().await.unwrap();
    assert_eq!(head.position, 5);
    let third = Head { position: 3, hash: journal.read_all(2, 1).await.unwrap()[0].hash };
    for from in [Head::default(), third, head] {
        assert_eq!(journal.verify(from).await.unwrap(), head);
    }
}

async fn a_changed_event_is_found(stage: &mut Stage) {
    let journal = five(stage).await;
    stage.without_triggers("UPDATE events SET at_us = at_us + 1 WHERE position = 3").await;
    assert_eq!(broken(&journal, Head::default()).await, 3);
}

async fn a_removed_event_is_found(stage: &mut Stage) {
    let journal = five(stage).await;
    stage.without_triggers("DELETE FROM events WHERE position = 3").await;
    assert_eq!(broken(&journal, Head::default()).await, 3);
}

async fn a_moved_event_is_found(stage: &mut Stage) {
    let journal = five(stage).await;
    stage
        .without_triggers(
            "UPDATE events SET position = 99 WHERE position = 2;
             UPDATE events SET position = 2 WHERE position = 4;
             UPDATE events SET position = 4 WHERE position = 99",
        )
        .await;
    assert_eq!(broken(&journal, Head::default()).await, 2);
}

async fn a_cut_tail_is_found(stage: &mut Stage) {
    let journal = five(stage).await;
    stage.without_triggers("DELETE FROM events WHERE position > 3").await;
    assert_eq!(broken(&journal, Head::default()).await, 4);
}

async fn a_trusted_head_finds_a_tail_that_was_cut_with_its_head(stage: &mut Stage) {
    let journal = five(stage).await;
    let head = journal.head().await.unwrap();
    stage
        .without_triggers(
            "DELETE FROM events WHERE position = 5;
             UPDATE log_head SET position = 4, hash = (SELECT hash FROM events WHERE position = 4)",
        )
        .await;
    assert_eq!(broken(&journal, head).await, 5);
}

async fn a_chain_that_was_computed_again_does_not_meet_a_trusted_head(stage: &mut Stage) {
    let journal = five(stage).await;
    let third = Head { position: 3, hash: [7; 32] };
    assert_eq!(broken(&journal, third).await, 3);
    let beyond = Head { position: 9, hash: [7; 32] };
    assert_eq!(broken(&journal, beyond).await, 9);
}
