//! The NATS server is killed and comes back, as requesters and workers live through it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use aipaygen_bus::{Message, RequestError, SharedBus};
use futures::future::join_all;

use crate::support::{Gate, Stage, ask, at_once, echo, far, handler, serve, soon, until};

async fn see(bus: &SharedBus, connected: bool) {
    soon(bus.connected().wait_for(|now| *now == connected)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_fails_at_once_when_the_server_dies() {
    let mut stage = Stage::nats().await;
    let (client, server, gate) = (stage.bus().await, stage.bus().await, Gate::shut());
    let held = gate.clone();
    let hold = handler(move |_| {
        let held = held.clone();
        async move {
            held.pass().await;
            Message::default()
        }
    });
    let _serving = serve(&server, "held", hold).await;
    let mut parts = soon(client.request_parts("held", Message::default(), far())).await.unwrap();
    let asking = tokio::spawn({
        let client = client.clone();
        async move { ask(&client, "held", "").await }
    });
    gate.reached_by(2).await;
    stage.server().kill();
    assert_eq!(at_once(asking).await.unwrap(), Err(RequestError::Disconnected));
    let end = at_once(parts.receiver.recv()).await;
    assert!(matches!(end, Some(aipaygen_bus::Part::End(Err(RequestError::Disconnected)))), "{end:?}");
    see(&client, false).await;
    assert_eq!(at_once(ask(&client, "held", "")).await, Err(RequestError::Disconnected));
    assert!(at_once(client.enqueue("jobs", "1", Message::default())).await.is_err());
    assert!(at_once(client.broadcast("news", Message::default())).await.is_err());
}

/// 64 requesters never pause while the server is killed and restarted. Every request ends soon, one way or the
/// other, and afterwards all of them are answered, with nobody having served or listened again.
#[tokio::test(flavor = "multi_thread")]
async fn services_and_listeners_come_back_with_the_server() {
    let mut stage = Stage::nats().await;
    let (client, server) = (stage.bus().await, stage.bus().await);
    let _serving = serve(&server, "echo", echo()).await;
    let mut news = server.listen("news").await.unwrap();
    let (over, failures) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let requesters: Vec<_> =
        (0..64).map(|_| tokio::spawn(never_pause(client.clone(), over.clone(), failures.clone()))).collect();
    for _ in 0..3 {
        let before = failures.load(Ordering::Relaxed);
        ask(&client, "echo", "ping").await.unwrap();
        stage.server().kill();
        until("requests fail", async || failures.load(Ordering::Relaxed) > before).await;
        see(&server, false).await;
        stage.server().restart().await;
        see(&client, true).await;
        until("requests are answered", async || ask(&client, "echo", "ping").await.is_ok()).await;
    }
    over.store(true, Ordering::Relaxed);
    for requester in soon(join_all(requesters)).await {
        requester.unwrap();
    }
    see(&server, true).await;
    until("the listener hears again", async || {
        client.broadcast("news", Message::new("back")).await.unwrap();
        news.try_recv().is_ok()
    })
    .await;
}

async fn never_pause(client: SharedBus, over: Arc<AtomicBool>, failures: Arc<AtomicUsize>) {
    while !over.load(Ordering::Relaxed) {
        if soon(client.request("echo", Message::new("ping"), far())).await.is_err() {
            failures.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    }
}
