//! The section of the configuration file.

use aipaygen_bus::{Settings, open};

use crate::support::{Stage, ask, echo, serve};

on_both_backends!(the_settings_choose_the_backend);

async fn the_settings_choose_the_backend(stage: Stage) {
    let bus = open(&stage.settings).await.unwrap();
    let _serving = serve(&bus, "echo", echo()).await;
    assert_eq!(ask(&bus, "echo", "ping").await.unwrap(), "ping");
}

#[test]
fn an_unknown_key_is_refused_by_name_and_the_address_stays_secret() {
    let known = serde_json::json!({
        "backend": "nats", "url": "nats://user:hunter2@localhost:4222", "connect_timeout_ms": 1,
        "enqueue_timeout_ms": 1, "heartbeat_ms": 1, "silence_ms_max": 1, "busy_retries_max": 1,
        "message_bytes_max": 1, "queue_messages_max": 1, "queue_bytes_max": 1, "queue_replicas": 1,
        "duplicate_window_ms": 1, "ack_pending_max": 1, "ack_wait_ms": 1, "retry_pauses_ms": [1],
    });
    let settings: Settings = serde_json::from_value(known.clone()).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    let mut unknown = known;
    unknown["heartbeat"] = 1.into();
    let error = serde_json::from_value::<Settings>(unknown).unwrap_err();
    assert!(error.to_string().contains("`heartbeat`"), "{error}");
}
