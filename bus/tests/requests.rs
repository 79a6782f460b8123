//! One request, one reply, or at once the reason why there is none.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aipaygen_bus::{Headers, Message, Request, RequestError};
use futures::future::join_all;
use tokio::sync::mpsc;

use crate::support::{Gate, Stage, ask, at_once, echo, far, handler, in_ms, serve, serve_at_most, soon, until};

on_both_backends!(
    a_reply_brings_bytes_and_headers_untouched,
    headers_cannot_break_out_of_their_line,
    headers_cannot_pass_for_words_of_the_bus,
    nobody_listening_is_known_at_once,
    slow_is_the_deadline,
    a_deadline_in_the_past_starts_nothing,
    the_handler_knows_the_deadline_and_is_cancelled_at_it,
    busy_is_known_at_once,
    a_free_member_of_the_group_takes_what_a_busy_one_cannot,
    a_panic_is_a_failure_at_once_and_stops_nobody_else,
    the_members_of_a_group_share_the_work,
    work_goes_on_when_its_requester_stops_waiting,
    ten_thousand_requests_at_once_each_get_their_own_reply,
);

async fn a_reply_brings_bytes_and_headers_untouched(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let _serving = serve(&server, "echo", echo()).await;
    for payload in [Vec::new(), (0..=255).collect::<Vec<u8>>(), b"\r\nMSG echo 1 0\r\n\r\n".repeat(1_000)] {
        let message = Message::new(payload).with("Tool", "code_run").with("Größe", "naïve ✓").with("Empty", "");
        let reply = soon(client.request("echo", message.clone(), far())).await.unwrap();
        assert_eq!((reply.headers, reply.payload), (message.headers, message.payload));
    }
}

async fn headers_cannot_break_out_of_their_line(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let _serving = serve(&server, "echo", echo()).await;
    let mut message = Message::new("payload").with("Value", " a\r\nInjected: 1\r\n\r\n\0b ");
    message.headers.set("Na me:\r\nInjected".to_owned(), "c");
    let reply = soon(client.request("echo", message, far())).await.unwrap();
    let headers: Vec<_> = reply.headers.iter().collect();
    assert_eq!(headers, [("Na-me---Injected", "c"), ("Value", "a  Injected: 1     b")]);
    assert_eq!(reply.payload, "payload");
}

async fn headers_cannot_pass_for_words_of_the_bus(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let spoof = async |request: Request| {
        request.message.with("Bus-Signal", "busy").with("Nats-Expected-Stream", "another").with("Bus-Sequence", "7")
    };
    let _serving = serve(&server, "spoof", handler(spoof)).await;
    let message = Message::new("payload").with("bus-deadline-ms", "0").with("Bus-Parts", "1");
    let reply = soon(client.request("spoof", message, far())).await.unwrap();
    assert_eq!((reply.payload.as_ref(), reply.headers), (b"payload".as_slice(), Headers::default()));
}

async fn nobody_listening_is_known_at_once(mut stage: Stage) {
    let client = stage.bus().await;
    let outcome = at_once(ask(&client, "nowhere", "")).await;
    assert_eq!(outcome, Err(RequestError::NoResponders { subject: "nowhere".to_owned() }));
}

async fn slow_is_the_deadline(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let _serving = serve(&server, "slow", handler(async |_| std::future::pending().await)).await;
    // Longer than the silence after which a worker is taken for dead: this one is only slow.
    let start = Instant::now();
    let outcome = client.request("slow", Message::default(), in_ms(2_500)).await;
    assert_eq!(outcome.unwrap_err(), RequestError::DeadlineExceeded { subject: "slow".to_owned() });
    let elapsed = start.elapsed();
    assert!((Duration::from_millis(2_500)..Duration::from_millis(3_400)).contains(&elapsed), "{elapsed:?}");
}

async fn a_deadline_in_the_past_starts_nothing(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let started = Arc::new(AtomicUsize::new(0));
    let counted = started.clone();
    let count = handler(move |request: Request| {
        counted.fetch_add(1, Ordering::Relaxed);
        async { request.message }
    });
    let _serving = serve(&server, "count", count).await;
    let late = at_once(client.request("count", Message::default(), Instant::now())).await;
    assert_eq!(late.unwrap_err(), RequestError::DeadlineExceeded { subject: "count".to_owned() });
    ask(&client, "count", "").await.unwrap();
    assert_eq!(started.load(Ordering::Relaxed), 1);
}

async fn the_handler_knows_the_deadline_and_is_cancelled_at_it(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let (sender, mut seen) = mpsc::unbounded_channel();
    let wait = handler(move |request: Request| {
        let sender = sender.clone();
        async move {
            let left = request.deadline.saturating_duration_since(Instant::now());
            assert!(!request.cancelled.is_cancelled() && request.parts.is_none());
            request.cancelled.cancelled().await;
            sender.send((left, Instant::now() >= request.deadline)).unwrap();
            std::future::pending().await
        }
    });
    let _serving = serve(&server, "wait", wait).await;
    client.request("wait", Message::default(), in_ms(400)).await.unwrap_err();
    let (left, past) = soon(seen.recv()).await.unwrap();
    assert!((Duration::from_millis(100)..=Duration::from_millis(400)).contains(&left), "{left:?}");
    assert!(past, "cancelled before the deadline");
}

async fn busy_is_known_at_once(mut stage: Stage) {
    let (client, server, gate) = (stage.bus().await, stage.bus().await, Gate::shut());
    let held = gate.clone();
    let hold = handler(move |request: Request| {
        let held = held.clone();
        async move {
            held.pass().await;
            request.message
        }
    });
    let _serving = serve_at_most(&server, "one", 1, hold).await;
    let first = tokio::spawn({
        let client = client.clone();
        async move { ask(&client, "one", "first").await }
    });
    gate.reached_by(1).await;
    let busy = RequestError::Busy { subject: "one".to_owned() };
    assert_eq!(at_once(ask(&client, "one", "second")).await, Err(busy.clone()));
    assert_eq!(at_once(client.request_parts("one", Message::default(), far())).await.unwrap_err(), busy);
    gate.let_pass(2);
    assert_eq!(soon(first).await.unwrap().unwrap(), "first");
    // The place is free as soon as the reply is there.
    assert_eq!(ask(&client, "one", "third").await.unwrap(), "third");
}

async fn a_free_member_of_the_group_takes_what_a_busy_one_cannot(mut stage: Stage) {
    // NATS picks a member at random: enough tries that missing the free one is no chance of this world.
    stage.settings.busy_retries_max = 100;
    let (client, busy, free, gate) = (stage.bus().await, stage.bus().await, stage.bus().await, Gate::shut());
    let held = gate.clone();
    let hold = handler(move |request: Request| {
        let held = held.clone();
        async move {
            held.pass().await;
            request.message
        }
    });
    let _busy = serve_at_most(&busy, "group", 1, hold).await;
    let first = tokio::spawn({
        let client = client.clone();
        async move { ask(&client, "group", "first").await }
    });
    gate.reached_by(1).await;
    let _free = serve_at_most(&free, "group", 1, echo()).await;
    for _ in 0..50 {
        assert_eq!(ask(&client, "group", "second").await.unwrap(), "second");
    }
    gate.let_pass(1);
    assert_eq!(soon(first).await.unwrap().unwrap(), "first");
}

async fn a_panic_is_a_failure_at_once_and_stops_nobody_else(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let fragile = async |request: Request| {
        assert!(request.message.payload != "break", "as the test asks");
        request.message
    };
    let _serving = serve_at_most(&server, "fragile", 1, handler(fragile)).await;
    for _ in 0..3 {
        let outcome = at_once(ask(&client, "fragile", "break")).await;
        assert_eq!(outcome, Err(RequestError::HandlerFailed { subject: "fragile".to_owned() }));
        assert_eq!(ask(&client, "fragile", "hold").await.unwrap(), "hold");
    }
}

async fn the_members_of_a_group_share_the_work(mut stage: Stage) {
    let client = stage.bus().await;
    let (one, other) = (stage.bus().await, stage.bus().await);
    let _one = serve(&one, "shared", handler(async |_| Message::new("one"))).await;
    let _other = serve(&other, "shared", handler(async |_| Message::new("other"))).await;
    let replies = join_all((0..200).map(|_| ask(&client, "shared", ""))).await;
    let by: HashSet<_> = replies.into_iter().map(Result::unwrap).collect();
    assert_eq!(by, HashSet::from(["one".to_owned(), "other".to_owned()]));
}

async fn work_goes_on_when_its_requester_stops_waiting(mut stage: Stage) {
    let (client, server, gate) = (stage.bus().await, stage.bus().await, Gate::shut());
    let (held, ended) = (gate.clone(), Arc::new(AtomicUsize::new(0)));
    let counted = ended.clone();
    let hold = handler(move |request: Request| {
        let (held, counted) = (held.clone(), counted.clone());
        async move {
            held.pass().await;
            counted.fetch_add(1, Ordering::Relaxed);
            request.message
        }
    });
    let _serving = serve(&server, "held", hold).await;
    let asking = tokio::spawn({
        let client = client.clone();
        async move { ask(&client, "held", "").await }
    });
    gate.reached_by(1).await;
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    gate.let_pass(1);
    until("the work is done", async || ended.load(Ordering::Relaxed) == 1).await;
}

async fn ten_thousand_requests_at_once_each_get_their_own_reply(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let _serving = serve(&server, "echo", echo()).await;
    let asked = (0..10_000_u32).map(|number| {
        let client = client.clone();
        async move {
            let payload = number.to_be_bytes().to_vec();
            let reply = client.request("echo", Message::new(payload.clone()), far()).await.unwrap();
            assert_eq!(reply.payload, payload);
        }
    });
    soon(join_all(asked)).await;
}
