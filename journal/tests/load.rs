//! Many writers at once, in one process and in two.

use std::collections::BTreeSet;

use aipaygen_journal::{Expected, Journal, Subscription};
use futures::future::join_all;

use crate::support::{Stage, after, event, one, wait};

on_both!(many_writers_share_their_commits, two_processes_write_one_log_without_a_gap,);

/// Appends `count` events to a stream of the writer's own, each once the one before has answered.
async fn write(journal: Journal, writer: String, count: u64) {
    let mut expected = Expected::Empty;
    for version in 1..=count {
        let name = format!("{writer}-{version}");
        journal.append(one(&writer, expected, event(&name))).await.unwrap();
        expected = after(version, &name);
    }
}

/// Reads so many events, and checks what a subscription promises of each.
async fn follow(mut subscription: Subscription, count: u64) -> Vec<String> {
    let mut seen = Vec::new();
    while (seen.len() as u64) < count {
        let events = subscription.next(37).await.unwrap();
        assert!((1..=37).contains(&events.len()));
        for event in events {
            assert_eq!(event.position, seen.len() as u64 + 1);
            seen.push(format!("{}/{}", event.stream, event.version));
        }
    }
    seen
}

async fn many_writers_share_their_commits(stage: &mut Stage) {
    let journal = stage.journal().await;
    join_all((0..256).map(|writer| write(journal.clone(), format!("w{writer}"), 4))).await;
    let log = journal.read_all(0, 2_000).await.unwrap();
    assert_eq!(log.len(), 1_024);
    // The clock ticks once a batch.
    let batches: BTreeSet<_> = log.iter().map(|event| event.at).collect();
    assert!(batches.len() <= 64, "{} commits for 1024 appends", batches.len());
}

async fn two_processes_write_one_log_without_a_gap(stage: &mut Stage) {
    const WRITERS: u64 = 8;
    const EACH: u64 = 25;
    let count = 2 * WRITERS * EACH;
    let (one, other, outside) = (stage.journal().await, stage.journal().await, stage.reader().await);
    let readers =
        [one.subscribe(0), other.subscribe(0), outside.subscribe(0)].map(|s| tokio::spawn(follow(s, count)));
    let writers = (0..WRITERS).flat_map(|writer| {
        [write(one.clone(), format!("one-{writer}"), EACH), write(other.clone(), format!("other-{writer}"), EACH)]
    });
    join_all(writers).await;
    let mut seen = Vec::new();
    for reader in readers {
        seen.push(tokio::time::timeout(wait::DEADLINE, reader).await.expect("every reader sees all").unwrap());
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
    let names: BTreeSet<_> = seen[0].iter().collect();
    assert_eq!(names.len() as u64, count, "an event was seen twice");
}
