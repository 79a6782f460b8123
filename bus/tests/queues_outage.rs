//! Durable queues while their server is killed and comes back, with its store or without.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aipaygen_bus::{BusError, Done, Message, SharedBus, Work};
use tokio::sync::mpsc;

use crate::support::{Perform, Stage, soon, until};

fn tell(sender: mpsc::UnboundedSender<Message>) -> Arc<dyn Work> {
    Arc::new(Perform(move |message: Message| {
        sender.send(message).unwrap();
        Box::pin(async { Done::Acknowledge }) as futures::future::BoxFuture<'static, Done>
    }))
}

/// Enqueues as a caller does that may not lose it: until the queue has it.
async fn enqueue(bus: &SharedBus, id: &str) {
    until("the queue takes it", async || bus.enqueue("jobs", id, Message::new(id.to_owned())).await.is_ok()).await;
}

async fn expect(done: &mut mpsc::UnboundedReceiver<Message>, id: &str) {
    // What was done before may be done again.
    while soon(done.recv()).await.unwrap().payload != id.as_bytes() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_queued_outlives_the_server() {
    let mut stage = Stage::nats().await;
    let (producer, consumer) = (stage.bus().await, stage.bus().await);
    for id in 0..100 {
        enqueue(&producer, &id.to_string()).await;
    }
    stage.server().kill();
    stage.server().restart().await;
    soon(consumer.connected().wait_for(|connected| *connected)).await.unwrap();
    let (sender, mut done) = mpsc::unbounded_channel();
    let mut serving = None;
    until("the queue can be worked on", async || {
        serving = consumer.work("jobs", 4, tell(sender.clone())).await.ok();
        serving.is_some()
    })
    .await;
    let mut missing: HashSet<String> = (0..100).map(|id| id.to_string()).collect();
    while !missing.is_empty() {
        let message = soon(done.recv()).await.unwrap();
        missing.remove(str::from_utf8(&message.payload).unwrap());
    }
}

/// With the store kept, and with the store lost, which is as if the queue had never been.
#[tokio::test(flavor = "multi_thread")]
async fn workers_go_on_after_the_server_comes_back() {
    let mut stage = Stage::nats().await;
    let (producer, consumer) = (stage.bus().await, stage.bus().await);
    let (sender, mut done) = mpsc::unbounded_channel();
    let _serving = consumer.work("jobs", 4, tell(sender)).await.unwrap();
    enqueue(&producer, "before").await;
    expect(&mut done, "before").await;
    stage.server().kill();
    stage.server().restart().await;
    enqueue(&producer, "after").await;
    expect(&mut done, "after").await;
    stage.server().kill();
    stage.server().restart_empty().await;
    enqueue(&producer, "anew").await;
    expect(&mut done, "anew").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_takes_longer_than_the_server_waits_is_not_given_to_another() {
    let mut stage = Stage::nats().await;
    stage.settings.ack_wait_ms = 600;
    let bus = stage.bus().await;
    let (begun, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = (begun.clone(), ended.clone());
    let slow = Arc::new(Perform(move |_: Message| {
        let (begun, ended) = counted.clone();
        Box::pin(async move {
            begun.fetch_add(1, Ordering::Relaxed);
            // The work itself.
            tokio::time::sleep(Duration::from_millis(2_500)).await;
            ended.fetch_add(1, Ordering::Relaxed);
            Done::Acknowledge
        }) as futures::future::BoxFuture<'static, Done>
    }));
    let _serving = bus.work("jobs", 4, slow).await.unwrap();
    enqueue(&bus, "long").await;
    until("it is done", async || ended.load(Ordering::Relaxed) == 1).await;
    assert_eq!(begun.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_the_server_cannot_keep_is_refused() {
    let mut stage = Stage::nats().await;
    // A single server keeps no three copies.
    stage.settings.queue_replicas = 3;
    let bus = stage.bus().await;
    let refused = bus.enqueue("jobs", "1", Message::default()).await;
    assert!(matches!(refused, Err(BusError::Failed(_) | BusError::SettingRefused { .. })), "{refused:?}");
}
