//! Who leaves answers what it has taken, and takes no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aipaygen_bus::{Message, Request, RequestError};
use futures::future::join_all;

use crate::support::{Gate, Stage, ask, at_once, echo, handler, in_ms, serve, soon, until};

on_both_backends!(
    a_drain_waits_for_the_work_in_progress,
    a_drain_under_load_loses_no_request,
    nobody_listens_after_the_last_member_has_left,
    a_drained_bus_takes_no_part_any_more,
);

async fn a_drain_waits_for_the_work_in_progress(mut stage: Stage) {
    let (client, server, gate) = (stage.bus().await, stage.bus().await, Gate::shut());
    let held = gate.clone();
    let hold = handler(move |request: Request| {
        let held = held.clone();
        async move {
            held.pass().await;
            request.message
        }
    });
    let serving = serve(&server, "held", hold).await;
    let asking = tokio::spawn({
        let client = client.clone();
        async move { ask(&client, "held", "begun").await }
    });
    gate.reached_by(1).await;
    let draining = tokio::spawn(serving.drain());
    let unserved = RequestError::NoResponders { subject: "held".to_owned() };
    until("no more is taken", async || {
        let late = client.request("held", Message::default(), in_ms(100)).await;
        late.is_err_and(|error| error == unserved)
    })
    .await;
    assert!(!draining.is_finished());
    // Those as well that were taken before the drain began.
    gate.let_pass(1_000);
    assert_eq!(soon(asking).await.unwrap().unwrap(), "begun");
    soon(draining).await.unwrap();
}

/// One member after another joins and leaves, while 64 requesters never pause.
async fn a_drain_under_load_loses_no_request(mut stage: Stage) {
    let client = stage.bus().await;
    let (one, other) = (stage.bus().await, stage.bus().await);
    let _stays = serve(&one, "busy", echo()).await;
    let over = Arc::new(AtomicBool::new(false));
    let requesters = (0..64).map(|_| {
        let (client, over) = (client.clone(), over.clone());
        tokio::spawn(async move {
            while !over.load(Ordering::Relaxed) {
                ask(&client, "busy", "ping").await.unwrap();
            }
        })
    });
    let requesters: Vec<_> = requesters.collect();
    for _ in 0..20 {
        let leaves = serve(&other, "busy", echo()).await;
        for _ in 0..20 {
            ask(&client, "busy", "ping").await.unwrap();
        }
        soon(leaves.drain()).await;
    }
    over.store(true, Ordering::Relaxed);
    for requester in join_all(requesters).await {
        requester.unwrap();
    }
}

async fn nobody_listens_after_the_last_member_has_left(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let serving = serve(&server, "brief", echo()).await;
    ask(&client, "brief", "").await.unwrap();
    soon(serving.drain()).await;
    let outcome = at_once(ask(&client, "brief", "")).await;
    assert_eq!(outcome, Err(RequestError::NoResponders { subject: "brief".to_owned() }));
    let _again = serve(&server, "brief", echo()).await;
    ask(&client, "brief", "").await.unwrap();
}

async fn a_drained_bus_takes_no_part_any_more(mut stage: Stage) {
    let bus = stage.bus().await;
    let serving = serve(&bus, "echo", echo()).await;
    assert!(*bus.connected().borrow());
    soon(bus.drain()).await.unwrap();
    soon(serving.done).await.unwrap();
    assert!(!*bus.connected().borrow());
    assert_eq!(at_once(ask(&bus, "echo", "")).await, Err(RequestError::Disconnected));
    assert!(at_once(bus.enqueue("jobs", "1", Message::default())).await.is_err());
    assert!(at_once(bus.broadcast("news", Message::default())).await.is_err());
}
