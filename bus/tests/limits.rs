//! What is too large is refused before it is sent, and never ends a connection.

use aipaygen_bus::{BusError, Message, Request, RequestError};

use crate::support::{Stage, ask, at_once, echo, far, handler, serve};

const MIB: usize = 1 << 20;

on_both_backends!(
    a_request_that_is_too_large_is_not_sent,
    headers_count,
    a_reply_that_is_too_large_is_a_failure_at_once,
    a_broadcast_or_a_queued_message_that_is_too_large_is_refused,
);

async fn a_request_that_is_too_large_is_not_sent(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let _serving = serve(&server, "echo", echo()).await;
    let outcome = at_once(client.request("echo", Message::new(vec![0; MIB + 1]), far())).await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, RequestError::TooLarge { bytes, bytes_max: MIB } if bytes > MIB), "{error:?}");
    let parts = at_once(client.request_parts("echo", Message::new(vec![0; MIB + 1]), far())).await;
    assert!(matches!(parts.unwrap_err(), RequestError::TooLarge { .. }));
    // Nothing of it has ended the connection, and nearly as much is carried.
    let reply = client.request("echo", Message::new(vec![0; MIB - 100]), far()).await.unwrap();
    assert_eq!(reply.payload.len(), MIB - 100);
}

async fn headers_count(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let _serving = serve(&server, "echo", echo()).await;
    let message = Message::new(vec![0; MIB - 100]).with("Padding", "x".repeat(200));
    let outcome = at_once(client.request("echo", message, far())).await;
    assert!(matches!(outcome.unwrap_err(), RequestError::TooLarge { .. }));
    ask(&client, "echo", "").await.unwrap();
}

async fn a_reply_that_is_too_large_is_a_failure_at_once(mut stage: Stage) {
    let (client, server) = (stage.bus().await, stage.bus().await);
    let large = async |_: Request| Message::new(vec![0; MIB + 1]);
    let _serving = serve(&server, "large", handler(large)).await;
    let outcome = at_once(ask(&client, "large", "")).await;
    assert_eq!(outcome, Err(RequestError::HandlerFailed { subject: "large".to_owned() }));
    assert!(*client.connected().borrow() && *server.connected().borrow());
}

async fn a_broadcast_or_a_queued_message_that_is_too_large_is_refused(mut stage: Stage) {
    let bus = stage.bus().await;
    let broadcast = at_once(bus.broadcast("news", Message::new(vec![0; MIB + 1]))).await;
    assert!(matches!(broadcast, Err(BusError::Failed(_))), "{broadcast:?}");
    let enqueued = at_once(bus.enqueue("jobs", "1", Message::new(vec![0; MIB + 1]))).await;
    assert!(matches!(enqueued, Err(BusError::NotEnqueued { .. })), "{enqueued:?}");
    bus.enqueue("jobs", "1", Message::new("small")).await.unwrap();
}
