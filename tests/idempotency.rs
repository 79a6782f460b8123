//! `Idempotency-Key`: a call that is made again is not paid again.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{App, PING};
use crate::support::http::{Answer, Client};

#[tokio::test]
async fn one_key_shown_fifty_times_at_once_is_charged_once() {
    let app = App::start().await;
    let caller = app.account(50 * PING);
    let answers = join_all((0..50).map(|_| keyed(&caller, "fifty", "/tools/ping", json!({})))).await;
    app.settled().await;
    assert_eq!(caller.balance().await, 49 * PING);
    let first_paid = answers.iter().filter(|answer| answer.is_paid_first());
    assert_eq!(first_paid.count(), 1);
    for answer in &answers {
        assert!(matches!(answer.status, 200 | 409), "{answer:?}");
    }
}

#[tokio::test]
async fn a_second_answer_is_free_and_says_so_and_there_is_no_third() {
    let app = App::start().await;
    let caller = app.account(10 * PING);
    let first = keyed(&caller, "lost", "/tools/ping", json!({})).await.expect(200);
    app.settled().await;
    let second = keyed(&caller, "lost", "/tools/ping", json!({})).await.expect(200);
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_eq!(second.header("x-payment-receipt"), first.header("x-payment-receipt"));
    let third = keyed(&caller, "lost", "/tools/ping", json!({})).await.expect(409);
    assert!(third.text().contains(first.header("x-payment-receipt")), "{third:?}");
    app.settled().await;
    assert_eq!(caller.balance().await, 9 * PING);
}

#[tokio::test]
async fn a_key_does_not_stand_for_another_body() {
    let app = App::start().await;
    let run = |code: &str| keyed(&app.caller, "body", "/code/run", json!({ "code": code }));
    run("print(1)").await.expect(200);
    app.settled().await;
    run("print(2)").await.expect(422).is_an_unpaid_problem();
}

async fn keyed(client: &Client, key: &str, path: &str, body: Value) -> Answer {
    client.send(client.request(Method::POST, path).header("idempotency-key", key).json(&body)).await
}

impl Answer {
    fn is_paid_first(&self) -> bool {
        self.status == 200 && self.header("idempotent-replayed").is_empty()
    }
}
