//! Too much at once, a database that goes away, and answers that are lost on the way.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use aipaygen_events::EventId;
use aipaygen_journal::{AppendError, Expected, Head, Journal, Settings};
use futures::future::join_all;
use tokio::time::timeout;

use crate::support::proxy::{Loss, Proxy};
use crate::support::{Stage, after, conflict, duplicate, event, journal, one, settings, wait};

on_both!(
    a_full_queue_refuses_at_once,
    closing_commits_what_waits,
    a_writer_elsewhere_that_hangs_is_waited_for_only_so_long,
);

on_postgres!(
    a_commit_whose_answer_was_lost_is_found_and_not_made_again,
    a_commit_that_never_arrived_is_made_again,
    nobody_is_told_that_a_commit_failed_before_that_is_known,
    a_server_that_stays_away_is_said_to_be_and_found_again,
    a_server_that_crashes_under_load_loses_and_doubles_nothing,
);

async fn a_full_queue_refuses_at_once(stage: &mut Stage) {
    let journal = journal(&Settings { append_queue_max: 4, ..stage.settings.clone() }).await;
    let submit = |name: &str| journal.submit(one(name, Expected::Empty, event(name)));
    // The writer cannot run between these: the test has one thread.
    let waiting: Vec<_> = ["1", "2", "3", "4"].map(submit).into_iter().map(Result::unwrap).collect();
    assert!(matches!(submit("5"), Err(AppendError::Overloaded)));
    for pending in waiting {
        pending.await.unwrap();
    }
    submit("5").unwrap().await.unwrap();
    assert_eq!(journal.head().await.unwrap().position, 5);
}

async fn closing_commits_what_waits(stage: &mut Stage) {
    let journal = stage.journal().await;
    let names: Vec<_> = (0..1_000).map(|number| number.to_string()).collect();
    let submit = |name: &String| journal.submit(one(name, Expected::Empty, event(name))).unwrap();
    let waiting: Vec<_> = names.iter().map(submit).collect();
    journal.close().await;
    for pending in waiting {
        pending.await.unwrap();
    }
    assert_eq!(stage.reader().await.head().await.unwrap().position, 1_000);
}

async fn a_writer_elsewhere_that_hangs_is_waited_for_only_so_long(stage: &mut Stage) {
    let journal = journal(&Settings { unavailable_after_ms: 300, ..stage.settings.clone() }).await;
    let hanging = stage.hanging_writer().await;
    let refused = timeout(wait::DEADLINE, journal.append(one("a", Expected::Empty, event("1")))).await.unwrap();
    assert!(matches!(refused, Err(AppendError::Unavailable(_))), "{refused:?}");
    drop(hanging);
    wait::until("the journal writes again", async || {
        journal.append(one("a", Expected::Empty, event("2"))).await.ok().map(drop)
    })
    .await;
    assert_eq!(journal.read_all(0, 10).await.unwrap().len(), 1);
}

/// A journal that reaches its server through a proxy.
async fn behind_a_proxy(stage: &Stage, unavailable_after_ms: u64) -> (Journal, Proxy) {
    let url = stage.url();
    let port = url.rsplit_once(':').unwrap().1.split('/').next().unwrap();
    let proxy = Proxy::before(port.parse().unwrap()).await;
    let through = settings(&url.replace(port, &proxy.port().to_string()));
    (journal(&Settings { unavailable_after_ms, ..through }).await, proxy)
}

async fn a_commit_whose_answer_was_lost_is_found_and_not_made_again(stage: &mut Stage) {
    let (journal, proxy) = behind_a_proxy(stage, 20_000).await;
    journal.append(one("a", Expected::Empty, event("1"))).await.unwrap();
    proxy.lose(Loss::Answer);
    // One batch: three that are made, one in conflict with the first, and one whose event another one's is.
    let appends = [
        one("a", after(1, "1"), event("2")),
        one("b", Expected::Empty, event("3")),
        one("a", after(1, "1"), event("4")),
        one("c", Expected::Empty, event("3")),
        one("a", after(2, "2"), event("5")),
    ];
    let [first, second, stale, twice, third] = appends.map(|append| journal.submit(append).unwrap());
    assert_eq!(first.await.unwrap().position, 2);
    assert!(proxy.is_done());
    assert_eq!(second.await.unwrap().position, 3);
    conflict(stale.await);
    assert_eq!(duplicate(twice.await).stream.as_str(), "b");
    assert_eq!(third.await.unwrap().position, 4);
    assert_eq!(journal.verify(Head::default()).await.unwrap().position, 4);
    journal.append(one("a", after(3, "5"), event("6"))).await.unwrap();
}

async fn a_commit_that_never_arrived_is_made_again(stage: &mut Stage) {
    let (journal, proxy) = behind_a_proxy(stage, 20_000).await;
    proxy.lose(Loss::Request);
    assert_eq!(journal.append(one("a", Expected::Empty, event("1"))).await.unwrap().position, 1);
    assert!(proxy.is_done());
    assert_eq!(journal.verify(Head::default()).await.unwrap().position, 1);
}

async fn nobody_is_told_that_a_commit_failed_before_that_is_known(stage: &mut Stage) {
    let (journal, proxy) = behind_a_proxy(stage, 200).await;
    journal.append(one("a", Expected::Empty, event("1"))).await.unwrap();
    proxy.lose(Loss::Answer);
    proxy.set_down(true);
    let mut in_doubt = journal.submit(one("a", after(1, "1"), event("2"))).unwrap();
    wait::until("the answer is lost", async || proxy.is_done().then_some(())).await;
    // Long after the journal's patience: who comes now is sent away, who is in doubt waits.
    for name in ["3", "4", "5"] {
        let refused = timeout(wait::DEADLINE, journal.append(one(name, Expected::Empty, event(name)))).await.unwrap();
        assert!(matches!(refused, Err(AppendError::Unavailable(_))), "{refused:?}");
        assert!(timeout(Duration::from_millis(250), &mut in_doubt).await.is_err(), "answered without knowing");
    }
    proxy.set_down(false);
    assert_eq!(timeout(wait::DEADLINE, in_doubt).await.unwrap().unwrap().position, 2);
    assert_eq!(journal.verify(Head::default()).await.unwrap().position, 2);
}

async fn a_server_that_stays_away_is_said_to_be_and_found_again(stage: &mut Stage) {
    let journal = journal(&Settings { unavailable_after_ms: 300, ..stage.settings.clone() }).await;
    let mut subscription = journal.subscribe(0);
    journal.append(one("a", Expected::Empty, event("1"))).await.unwrap();
    stage.crash().await;
    for _ in 0..2 {
        let refused = timeout(wait::DEADLINE, journal.append(one("a", after(1, "1"), event("2")))).await.unwrap();
        assert!(matches!(refused, Err(AppendError::Unavailable(_))), "{refused:?}");
    }
    assert!(journal.head().await.is_err());
    stage.restart().await;
    wait::until("the journal writes again", async || {
        journal.append(one("a", after(1, "1"), event("3"))).await.ok().map(drop)
    })
    .await;
    assert!(journal.find(EventId::named("2")).await.unwrap().is_none());
    let mut seen = 0;
    while seen < 2 {
        seen += timeout(wait::DEADLINE, subscription.next(10)).await.unwrap().map_or(0, |events| events.len());
    }
}

/// What the writers of one load were told.
#[derive(Default)]
struct Told {
    stop: AtomicBool,
    appends: AtomicU64,
}

/// Appends until told to stop; gives the names of what was acknowledged.
async fn write(journal: Journal, writer: usize, told: Arc<Told>) -> Vec<String> {
    let (mut acknowledged, mut expected) = (Vec::<String>::new(), Expected::Empty);
    while !told.stop.load(Ordering::Relaxed) {
        let version = acknowledged.len() as u64 + 1;
        let name = format!("{writer}-{version}");
        journal.append(one(&writer.to_string(), expected, event(&name))).await.unwrap();
        told.appends.fetch_add(1, Ordering::Relaxed);
        expected = after(version, &name);
        acknowledged.push(name);
    }
    acknowledged
}

async fn a_thousand_more(told: &Told) {
    let enough = told.appends.load(Ordering::Relaxed) + 1_000;
    let what = "a thousand appends";
    wait::until(what, async || (told.appends.load(Ordering::Relaxed) >= enough).then_some(())).await;
}

/// Kills a process of the server that works for a journal; the server then restarts all of them.
fn kill_a_backend(stage: &Stage) {
    let listed = Command::new("ps").args(["-o", "pid=,args=", "--ppid", &stage.postmaster().to_string()]).output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    let backend = listed.lines().find(|line| line.contains("127.0.0.1")).expect("the journal is connected");
    let id = backend.split_whitespace().next().unwrap();
    assert!(Command::new("kill").args(["-9", id]).status().unwrap().success());
}

async fn a_server_that_crashes_under_load_loses_and_doubles_nothing(stage: &mut Stage) {
    let (journal, told) = (stage.journal().await, Arc::new(Told::default()));
    let other = stage.journal().await;
    let journals = (0..16).flat_map(|_| [journal.clone(), other.clone()]);
    let writers = journals.enumerate().map(|(id, journal)| tokio::spawn(write(journal, id, told.clone())));
    let writers: Vec<_> = writers.collect();
    a_thousand_more(&told).await;
    stage.crash().await;
    stage.restart().await;
    a_thousand_more(&told).await;
    kill_a_backend(stage);
    a_thousand_more(&told).await;
    told.stop.store(true, Ordering::Relaxed);
    let acknowledged: Vec<_> = join_all(writers).await.into_iter().flat_map(Result::unwrap).collect();

    let head = journal.verify(Head::default()).await.unwrap();
    assert_eq!(head.position, acknowledged.len() as u64, "what is in the log is what was acknowledged");
    let log = journal.read_all(0, u32::MAX).await.unwrap();
    let there: BTreeSet<_> = log.iter().map(|event| event.id).collect();
    assert!(acknowledged.iter().all(|name| there.contains(&EventId::named(name))));
}
