//! Invariant 7: whatever is killed under load, no money event that a caller was told of is lost.

use std::time::Duration;

use crate::support::app::App;
use crate::support::load::Load;
use crate::support::{told, wait};

#[tokio::test]
async fn every_process_is_killed_under_load_and_nothing_that_was_told_is_lost() {
    let mut app = App::start().await;
    let load = Load::start(&app.caller, 8);
    for name in app.names() {
        progress(&load).await;
        app.role(&name).kill();
        app.start_role(&name).await;
    }
    progress(&load).await;
    let answers = load.stop().await;
    app.settled().await;
    told::stand(&app.caller, &answers).await;
}

#[tokio::test]
async fn a_process_that_is_asked_to_stop_finishes_what_is_in_flight() {
    let mut app = App::start().await;
    let caller = app.caller.clone();
    let call = tokio::spawn(async move { caller.post("/code/run", &busy_for_a_second()).await });
    wait::until("the call is charged", async || (app.books().unearned > 0).then_some(())).await;
    app.stop();
    let answer = call.await.unwrap().expect(200);
    assert_eq!(answer.json()["limit_hit"], "deadline", "{answer:?}");
    assert!(!answer.header("x-payment-receipt").is_empty());
    assert_eq!(app.books().unearned, 0);
}

fn busy_for_a_second() -> serde_json::Value {
    serde_json::json!({ "code": "while True: pass", "timeout_s": 1 })
}

async fn progress(load: &Load) {
    let before = load.successes();
    wait::within(Duration::from_secs(60), "callers are served again", async || {
        (load.successes() >= before + 20).then_some(())
    })
    .await;
}
