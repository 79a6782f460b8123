//! Replies in parts: in order, as fast as they are read, and over when nobody wants them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aipaygen_bus::{Message, Part, Parts, Request, RequestError, SharedBus};
use bytes::Bytes;
use tokio::sync::mpsc;

use crate::support::{Stage, at_once, far, handler, in_ms, serve, soon, until};

on_both_backends!(
    parts_come_in_order_and_then_the_end,
    dropping_the_parts_cancels_the_work,
    a_slow_reader_slows_the_work,
    the_deadline_ends_a_stream_after_its_parts,
    a_panic_ends_a_stream_at_once,
    a_sender_that_is_left_behind_does_not_hold_up_the_end,
    a_part_that_is_too_large_is_a_failure,
    nobody_listening_is_known_before_the_first_part,
);

/// Sends so many numbered parts, and then says how many.
async fn count_to(request: Request, count: u32) -> Message {
    let parts = request.parts.expect("asked for in parts");
    for number in 0..count {
        if parts.send(number.to_be_bytes().to_vec().into()).await.is_err() {
            break;
        }
    }
    Message::new(count.to_string()).with("Outcome", "answered")
}

async fn ask(bus: &SharedBus, subject: &str) -> Parts {
    soon(bus.request_parts(subject, Message::default(), far())).await.unwrap()
}

async fn piece(parts: &mut Parts) -> Bytes {
    match soon(parts.receiver.recv()).await {
        Some(Part::Piece(bytes)) => bytes,
        other => panic!("no part: {other:?}"),
    }
}

async fn end(parts: &mut Parts) -> Result<Message, RequestError> {
    loop {
        match soon(parts.receiver.recv()).await.expect("an end comes before nothing does") {
            Part::Piece(_) => {}
            Part::End(outcome) => {
                assert!(soon(parts.receiver.recv()).await.is_none(), "nothing comes after the end");
                return outcome;
            }
        }
    }
}

async fn parts_come_in_order_and_then_the_end(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let _serving = serve(&server, "count", handler(async |request| count_to(request, 2_000).await)).await;
    let mut streams = Vec::new();
    for _ in 0..4 {
        streams.push(ask(&client, "count").await);
    }
    for mut parts in streams {
        for number in 0..2_000_u32 {
            assert_eq!(piece(&mut parts).await, number.to_be_bytes().as_slice());
        }
        let message = end(&mut parts).await.unwrap();
        assert_eq!(
            (message.payload.as_ref(), message.headers.get("Outcome")),
            (b"2000".as_slice(), Some("answered"))
        );
    }
}

async fn dropping_the_parts_cancels_the_work(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let (sender, mut cancelled) = mpsc::unbounded_channel();
    let wait = handler(move |request: Request| {
        let sender = sender.clone();
        async move {
            // Who asked may have gone already.
            let _ = request.parts.unwrap().send(Bytes::from_static(b"first")).await;
            request.cancelled.cancelled().await;
            sender.send(()).unwrap();
            Message::default()
        }
    });
    let _serving = serve(&server, "wait", wait).await;
    // Whether any part was read or not.
    let mut read = ask(&client, "wait").await;
    piece(&mut read).await;
    let unread = ask(&client, "wait").await;
    for parts in [read, unread] {
        drop(parts);
        at_once(cancelled.recv()).await.unwrap();
    }
}

async fn a_slow_reader_slows_the_work(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    let count = handler(move |request: Request| {
        let counted = counted.clone();
        async move {
            let parts = request.parts.unwrap();
            for number in 0..1_000_u32 {
                parts.send(number.to_be_bytes().to_vec().into()).await.unwrap();
                counted.fetch_add(1, Ordering::Relaxed);
            }
            Message::default()
        }
    });
    let _serving = serve(&server, "count", count).await;
    let mut parts = ask(&client, "count").await;
    // It comes to rest far from the end, and goes on where it was.
    let mut before = usize::MAX;
    until("the work rests", async || {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = sent.load(Ordering::Relaxed);
        std::mem::replace(&mut before, now) == now
    })
    .await;
    assert!(sent.load(Ordering::Relaxed) < 64, "{} parts were sent to nobody", sent.load(Ordering::Relaxed));
    for number in 0..1_000_u32 {
        assert_eq!(piece(&mut parts).await, number.to_be_bytes().as_slice());
    }
    end(&mut parts).await.unwrap();
}

async fn the_deadline_ends_a_stream_after_its_parts(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let endless = async |request: Request| {
        let parts = request.parts.unwrap();
        while parts.send(Bytes::from_static(b"more")).await.is_ok() {}
        Message::default()
    };
    let _serving = serve(&server, "endless", handler(endless)).await;
    let deadline = in_ms(1_500);
    let mut parts = client.request_parts("endless", Message::default(), deadline).await.unwrap();
    assert_eq!(piece(&mut parts).await, "more");
    // Nobody reads until the deadline is over, and then finds parts and the end.
    tokio::time::sleep_until((deadline + Duration::from_millis(100)).into()).await;
    assert_eq!(piece(&mut parts).await, "more");
    assert_eq!(end(&mut parts).await.unwrap_err(), RequestError::DeadlineExceeded { subject: "endless".to_owned() });
}

async fn a_panic_ends_a_stream_at_once(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let fragile = async |request: Request| {
        request.parts.unwrap().send(Bytes::from_static(b"first")).await.unwrap();
        panic!("as the test asks");
    };
    let _serving = serve(&server, "fragile", handler(fragile)).await;
    let mut parts = ask(&client, "fragile").await;
    assert_eq!(piece(&mut parts).await, "first");
    let failed = RequestError::HandlerFailed { subject: "fragile".to_owned() };
    assert_eq!(at_once(end(&mut parts)).await.unwrap_err(), failed);
}

async fn a_sender_that_is_left_behind_does_not_hold_up_the_end(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let (sender, mut left_behind) = mpsc::unbounded_channel();
    let careless = handler(move |request: Request| {
        let sender = sender.clone();
        async move {
            let parts = request.parts.unwrap();
            parts.send(Bytes::from_static(b"first")).await.unwrap();
            sender.send(parts).unwrap();
            Message::new("last")
        }
    });
    let _serving = serve(&server, "careless", careless).await;
    let mut parts = ask(&client, "careless").await;
    assert_eq!(piece(&mut parts).await, "first");
    assert_eq!(at_once(end(&mut parts)).await.unwrap().payload, "last");
    assert!(left_behind.recv().await.unwrap().send(Bytes::new()).await.is_err(), "the parts are over");
}

async fn a_part_that_is_too_large_is_a_failure(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let large = async |request: Request| {
        let _ = request.parts.unwrap().send(vec![0; (1 << 20) + 1].into()).await;
        Message::default()
    };
    let _serving = serve(&server, "large", handler(large)).await;
    let mut parts = ask(&client, "large").await;
    let failed = RequestError::HandlerFailed { subject: "large".to_owned() };
    assert_eq!(at_once(end(&mut parts)).await.unwrap_err(), failed);
}

async fn nobody_listening_is_known_before_the_first_part(mut stage: Stage) {
    let client = stage.bus().await;
    let outcome = at_once(client.request_parts("nowhere", Message::default(), far())).await;
    assert_eq!(outcome.unwrap_err(), RequestError::NoResponders { subject: "nowhere".to_owned() });
}
