//! A worker or a requester that is killed while it works (`kill -9`), as the other side finds out.

use std::time::{Duration, Instant};

use aipaygen_bus::{Message, Part, Request, RequestError};
use tokio::sync::mpsc;

use crate::support::{Role, Stage, ask, at_once, child, far, handler, serve, soon, until};

/// The silence after which a worker is taken for dead, a beat more, and what a loaded machine adds.
const NOTICED: Duration = Duration::from_millis(2_500);

fn lost() -> RequestError {
    RequestError::HandlerFailed { subject: "doomed".to_owned() }
}

fn unserved() -> RequestError {
    RequestError::NoResponders { subject: "doomed".to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_learns_of_its_workers_death_long_before_the_deadline() {
    let mut stage = Stage::nats().await;
    let bus = stage.bus().await;
    let mut begun = bus.listen("begun").await.unwrap();
    let mut worker = child(Role::Worker, &stage.server().url());
    let request = loop {
        let bus = bus.clone();
        let mut request = tokio::spawn(async move { ask(&bus, "doomed", "").await });
        tokio::select! {
            _ = begun.recv() => break request,
            early = &mut request => assert_eq!(early.unwrap(), Err(unserved())),
        }
    };
    worker.kill();
    let killed = Instant::now();
    assert_eq!(soon(request).await.unwrap(), Err(lost()));
    assert!(killed.elapsed() < NOTICED, "{:?}", killed.elapsed());
    assert_eq!(at_once(ask(&bus, "doomed", "")).await, Err(unserved()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_learns_of_its_workers_death_long_before_the_deadline() {
    let mut stage = Stage::nats().await;
    let bus = stage.bus().await;
    let mut worker = child(Role::WorkerInParts, &stage.server().url());
    let mut parts = None;
    until("the worker serves", async || {
        parts = bus.request_parts("doomed", Message::default(), far()).await.ok();
        parts.is_some()
    })
    .await;
    let mut parts = parts.unwrap();
    assert!(matches!(soon(parts.receiver.recv()).await, Some(Part::Piece(piece)) if piece == "first"));
    worker.kill();
    let killed = Instant::now();
    assert!(matches!(soon(parts.receiver.recv()).await, Some(Part::End(Err(error))) if error == lost()));
    assert!(killed.elapsed() < NOTICED, "{:?}", killed.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn work_in_parts_is_cancelled_when_its_requester_is_killed() {
    let mut stage = Stage::nats().await;
    let bus = stage.bus().await;
    let (sender, mut seen) = mpsc::unbounded_channel();
    let steady = handler(move |request: Request| {
        let sender = sender.clone();
        async move {
            sender.send("begun").unwrap();
            request.cancelled.cancelled().await;
            sender.send("cancelled").unwrap();
            Message::default()
        }
    });
    let _serving = serve(&bus, "steady", steady).await;
    let mut requester = child(Role::Requester, &stage.server().url());
    assert_eq!(soon(seen.recv()).await, Some("begun"));
    requester.kill();
    assert_eq!(at_once(seen.recv()).await, Some("cancelled"));
}
