//! Durable queues: each message is done, not seldom more than once, and never by chance not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aipaygen_bus::{BusError, Done, Message, SharedBus};
use tokio::sync::mpsc;

use crate::support::{Gate, Perform, Stage, at_once, soon, until};

on_both_backends!(
    what_is_queued_before_there_is_a_worker_is_done_in_the_end,
    a_repeated_id_is_dropped,
    what_cannot_be_done_now_comes_again,
    a_panic_comes_again,
    no_more_is_worked_on_at_once_than_was_asked_for,
    a_full_queue_refuses,
    a_drain_waits_for_the_work_in_progress_and_leaves_the_rest,
);

/// A worker that tells what it is given, and what becomes of it.
fn tell(sender: mpsc::UnboundedSender<Message>) -> Arc<dyn aipaygen_bus::Work> {
    Arc::new(Perform(move |message: Message| {
        sender.send(message).unwrap();
        Box::pin(async { Done::Acknowledge }) as futures::future::BoxFuture<'static, Done>
    }))
}

async fn enqueue(bus: &SharedBus, id: &str) {
    soon(bus.enqueue("jobs", id, Message::new(id.to_owned()).with("Id", id))).await.unwrap();
}

async fn next(done: &mut mpsc::UnboundedReceiver<Message>) -> String {
    let message = soon(done.recv()).await.unwrap();
    let payload = String::from_utf8(message.payload.to_vec()).unwrap();
    assert_eq!(message.headers.iter().collect::<Vec<_>>(), [("Id", payload.as_str())]);
    payload
}

async fn what_is_queued_before_there_is_a_worker_is_done_in_the_end(mut stage: Stage) {
    let (producer, consumer) = (stage.bus().await, stage.bus().await);
    for id in ["1", "2", "3"] {
        enqueue(&producer, id).await;
    }
    let (sender, mut done) = mpsc::unbounded_channel();
    let _serving = consumer.work("jobs", 1, tell(sender)).await.unwrap();
    for id in ["1", "2", "3"] {
        assert_eq!(next(&mut done).await, id);
    }
    enqueue(&producer, "4").await;
    assert_eq!(next(&mut done).await, "4");
}

async fn a_repeated_id_is_dropped(mut stage: Stage) {
    let (producer, consumer) = (stage.bus().await, stage.bus().await);
    enqueue(&producer, "once").await;
    enqueue(&producer, "once").await;
    let (sender, mut done) = mpsc::unbounded_channel();
    let _serving = consumer.work("jobs", 1, tell(sender)).await.unwrap();
    assert_eq!(next(&mut done).await, "once");
    // Nor after it was done, and another queue is another matter.
    enqueue(&producer, "once").await;
    enqueue(&producer, "last").await;
    assert_eq!(next(&mut done).await, "last");
    let (sender, mut done) = mpsc::unbounded_channel();
    let _other = consumer.work("other-jobs", 1, tell(sender)).await.unwrap();
    producer.enqueue("other-jobs", "once", Message::new("once").with("Id", "once")).await.unwrap();
    assert_eq!(next(&mut done).await, "once");
}

async fn what_cannot_be_done_now_comes_again(mut stage: Stage) {
    stage.settings.retry_pauses_ms = vec![50, 200];
    let (producer, consumer) = (stage.bus().await, stage.bus().await);
    let (sender, mut attempts) = mpsc::unbounded_channel();
    let left = Arc::new(AtomicUsize::new(3));
    let stubborn = Arc::new(Perform(move |message: Message| {
        sender.send((message, std::time::Instant::now())).unwrap();
        let again = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        Box::pin(async move { if again { Done::Retry } else { Done::Acknowledge } })
            as futures::future::BoxFuture<'static, Done>
    }));
    let _serving = consumer.work("jobs", 1, stubborn).await.unwrap();
    enqueue(&producer, "stubborn").await;
    let mut last: Option<std::time::Instant> = None;
    for pause_ms in [0, 50, 200, 200] {
        let (message, at) = soon(attempts.recv()).await.unwrap();
        assert_eq!(message.payload, "stubborn");
        let since = last.replace(at).map_or(0, |last| at.duration_since(last).as_millis());
        assert!(since >= pause_ms, "after {since} ms and not {pause_ms}");
    }
    // Done at last: what comes next is another.
    enqueue(&producer, "next").await;
    assert_eq!(soon(attempts.recv()).await.unwrap().0.payload, "next");
}

async fn a_panic_comes_again(mut stage: Stage) {
    let (producer, consumer) = (stage.bus().await, stage.bus().await);
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = attempts.clone();
    let fragile = Arc::new(Perform(move |_: Message| {
        let first = counted.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(async move {
            assert!(!first, "as the test asks");
            Done::Acknowledge
        }) as futures::future::BoxFuture<'static, Done>
    }));
    let _serving = consumer.work("jobs", 1, fragile).await.unwrap();
    enqueue(&producer, "fragile").await;
    until("it comes again", async || attempts.load(Ordering::Relaxed) == 2).await;
}

fn hold(gate: Gate, done: mpsc::UnboundedSender<Message>) -> Arc<dyn aipaygen_bus::Work> {
    Arc::new(Perform(move |message: Message| {
        let (gate, done) = (gate.clone(), done.clone());
        Box::pin(async move {
            gate.pass().await;
            done.send(message).unwrap();
            Done::Acknowledge
        }) as futures::future::BoxFuture<'static, Done>
    }))
}

async fn no_more_is_worked_on_at_once_than_was_asked_for(mut stage: Stage) {
    let (producer, consumer, gate) = (stage.bus().await, stage.bus().await, Gate::shut());
    let (sender, mut done) = mpsc::unbounded_channel();
    let _serving = consumer.work("jobs", 3, hold(gate.clone(), sender)).await.unwrap();
    for id in 0..10 {
        enqueue(&producer, &id.to_string()).await;
    }
    gate.reached_by(3).await;
    for _ in 0..7 {
        assert!(!gate.reached(), "one too many");
        gate.let_pass(1);
        next(&mut done).await;
        gate.reached_by(1).await;
    }
    gate.let_pass(3);
    for _ in 0..3 {
        next(&mut done).await;
    }
}

async fn a_full_queue_refuses(mut stage: Stage) {
    stage.settings.queue_messages_max = 3;
    let (producer, consumer) = (stage.bus().await, stage.bus().await);
    for id in ["1", "2", "3"] {
        enqueue(&producer, id).await;
    }
    let outcome = at_once(producer.enqueue("jobs", "4", Message::new("4"))).await;
    assert!(matches!(outcome, Err(BusError::NotEnqueued { ref queue, .. }) if queue == "jobs"), "{outcome:?}");
    let (sender, mut done) = mpsc::unbounded_channel();
    let _serving = consumer.work("jobs", 1, tell(sender)).await.unwrap();
    for id in ["1", "2", "3"] {
        assert_eq!(next(&mut done).await, id);
    }
    until("there is room again", async || {
        producer.enqueue("jobs", "5", Message::new("5").with("Id", "5")).await.is_ok()
    })
    .await;
    assert_eq!(next(&mut done).await, "5");
}

async fn a_drain_waits_for_the_work_in_progress_and_leaves_the_rest(mut stage: Stage) {
    let (producer, leaves, stays, gate) = (stage.bus().await, stage.bus().await, stage.bus().await, Gate::shut());
    let (sender, mut done) = mpsc::unbounded_channel();
    let serving = leaves.work("jobs", 1, hold(gate.clone(), sender)).await.unwrap();
    for id in ["1", "2", "3"] {
        enqueue(&producer, id).await;
    }
    gate.reached_by(1).await;
    serving.stop.cancel();
    gate.let_pass(10);
    soon(serving.drain()).await;
    assert_eq!(next(&mut done).await, "1");
    assert!(done.try_recv().is_err(), "more was taken than was begun");
    let (sender, mut done) = mpsc::unbounded_channel();
    let _serving = stays.work("jobs", 1, tell(sender)).await.unwrap();
    let mut rest = [next(&mut done).await, next(&mut done).await];
    rest.sort();
    assert_eq!(rest, ["2", "3"]);
}
