//! Webhooks: signed, at least once, to nobody inside, and nothing of them in plain anywhere.

use reqwest::Method;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::support::app::{App, PING};
use crate::support::http::Answer;
use crate::support::receiver::{Received, Receiver, Says};
use crate::support::scan::{files_holding, spellings};
use crate::support::wait;

const ALL: [&str; 3] = ["request.completed", "request.refunded", "credit.issued"];

async fn app(further: &[(&str, &str)]) -> App {
    let usual = [
        ("FETCH__GUARD__ALLOWED", "[\"127.0.0.2/32 1-65535\"]"),
        ("WEBHOOKS__PLAIN_HTTP", "true"),
        ("WEBHOOKS__RETRY_PAUSES_S", "[1,1,1]"),
        ("WEBHOOKS__ATTEMPT_TIMEOUT_MS", "3000"),
        ("WEBHOOKS__LEASE_MS", "6000"),
        ("SERVER__ASYNC_DELIVERY_MS_MAX", "2500"),
    ];
    App::with(&[&usual[..], further].concat()).await
}

async fn register(app: &App, receiver: &Receiver, events: &[&str]) -> (String, String) {
    let body = json!({ "url": receiver.url("/hook"), "events": events });
    let made = app.caller.post("/webhooks", &body).await.expect(201).json();
    (made["webhook"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
}

/// Fails the test unless a delivery is signed with this secret, by the library that its owner would use.
fn verify(received: &Received, secret: &str) {
    let mut headers = reqwest::header::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, received.header(name).parse().unwrap());
    }
    Webhook::new(secret).unwrap().verify(received.text.as_bytes(), &headers).unwrap();
}

fn is(kind: &str) -> impl Fn(&Received) -> bool {
    move |received| received.json()["type"] == kind
}

async fn later(app: &App, path: &str, body: &Value) -> Answer {
    let request = app.caller.request(Method::POST, path).header("prefer", "respond-async").json(body);
    app.caller.send(request).await
}

#[tokio::test]
async fn what_happens_to_a_request_is_told_and_signed() {
    let (app, receiver) = (app(&[]).await, Receiver::start().await);
    let (webhook, secret) = register(&app, &receiver, &ALL).await;
    let paid = app.caller.ping().await.expect(200);
    let completed = receiver.meets("request.completed", is("request.completed")).await;
    verify(&completed, &secret);
    let told = completed.json();
    assert_eq!(told["data"]["request_id"], paid.request());
    assert_eq!(told["data"]["price_micro_usd"], PING);
    assert_eq!((completed.method.as_str(), completed.target.as_str()), ("POST", "/hook"));

    let failed = app.caller.post("/tools/orphan", &json!({})).await.expect(503);
    let refunded = receiver.meets("request.refunded", is("request.refunded")).await;
    let issued = receiver.meets("credit.issued", is("credit.issued")).await;
    for received in [&refunded, &issued] {
        verify(received, &secret);
        assert_eq!(received.json()["data"]["refund_credit"], failed.header("x-refund-credit"));
    }
    assert_ne!(refunded.header("webhook-id"), issued.header("webhook-id"));

    let tested = app.caller.post(&format!("/webhooks/{webhook}/test"), &json!({})).await.expect(200).json();
    assert_eq!((&tested["delivered"], &tested["outcome"]), (&json!(true), &json!("accepted")));
    let shown = app.caller.get("/webhooks").await.expect(200);
    assert!(!shown.text().contains("whsec_"));
    let stranger = app.account(PING);
    assert_eq!(stranger.get("/webhooks").await.json()["webhooks"], json!([]));
    stranger.post(&format!("/webhooks/{webhook}/rotate"), &json!({})).await.expect(404);
    app.caller.send(app.caller.request(Method::DELETE, &format!("/webhooks/{webhook}"))).await.expect(204);
    app.caller.post(&format!("/webhooks/{webhook}/test"), &json!({})).await.expect(404);
}

#[tokio::test]
async fn a_webhook_is_at_a_public_address_and_asks_for_what_there_is() {
    let app = app(&[("WEBHOOKS__PER_ACCOUNT_MAX", "1")]).await;
    for url in
        ["http://127.0.0.1:8080/", "http://169.254.169.254/", "http://[::1]/", "http://localhost/", "file:///x"]
    {
        let body = json!({ "url": url, "events": ["request.completed"] });
        let answer = app.caller.post("/webhooks", &body).await.expect(403);
        assert!(answer.json()["type"].as_str().unwrap().ends_with("address-refused"), "{answer:?}");
    }
    let receiver = Receiver::start().await;
    for (field, change) in [
        ("/url", json!({ "url": 7 })),
        ("/events", json!({ "events": ["request.everything"] })),
        ("/events", json!({ "events": "request.completed" })),
        ("/low_balance_usd", json!({ "events": ["balance.low"] })),
        ("/low_balance_usd", json!({ "low_balance_usd": "1.00" })),
        ("", json!({ "colour": "red" })),
    ] {
        let mut body = json!({ "url": receiver.url("/hook"), "events": ["request.completed"] });
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = app.caller.post("/webhooks", &body).await.expect(422);
        assert_eq!(answer.json()["violations"][0]["field"], field, "{answer:?}");
    }
    register(&app, &receiver, &[]).await;
    let body = json!({ "url": receiver.url("/hook"), "events": [] });
    app.caller.post("/webhooks", &body).await.expect(409);
}

#[tokio::test]
async fn what_was_not_delivered_before_a_crash_is_delivered_after_it() {
    let (mut app, receiver) =
        (app(&[("WEBHOOKS__RETRY_PAUSES_S", "[2,2,2,2,2,2,2,2]")]).await, Receiver::start().await);
    let (_, secret) = register(&app, &receiver, &ALL).await;
    // A redirect to where we would go, and we do not.
    let elsewhere = Receiver::start().await;
    receiver.say(Says { headers: format!("location: {}\r\n", elsewhere.url("/x")), ..Says::status(307) });
    app.caller.ping().await.expect(200);
    let first = receiver.meets("the first attempt", |_| true).await;
    let keeper = app.names().into_iter().find(|name| name == "serve" || name == "payments").unwrap();
    app.role(&keeper).kill();
    app.start_role(&keeper).await;
    receiver.say(Says::status(204));
    let before = receiver.received().len();
    let second = wait::until("it is delivered", async || receiver.received().get(before).cloned()).await;
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    verify(&second, &secret);
    assert!(elsewhere.received().is_empty());
    let left =
        async || (app.caller.get("/webhooks").await.json()["webhooks"][0]["deliveries_waiting"] == 0).then_some(());
    wait::until("nothing waits", left).await;
}

#[tokio::test]
async fn what_was_given_up_is_seen_and_taken_up_by_support() {
    let (app, receiver) = (app(&[]).await, Receiver::start().await);
    receiver.say(Says { body: "canary-of-the-endpoint".to_owned(), ..Says::status(500) });
    let (webhook, _) = register(&app, &receiver, &["request.completed"]).await;
    app.caller.ping().await.expect(200);
    let dead = async || Some(app.cli(&["webhooks", "dead", "--json"]).expect(0).stdout).filter(|out| !out.is_empty());
    let dead = wait::until("it is given up", dead).await;
    let line: Value = serde_json::from_str(&dead).unwrap();
    assert_eq!(
        (&line["outcome"], &line["attempts"], &line["webhook"]),
        (&json!("declined_5xx"), &json!(4), &json!(webhook))
    );
    assert!(!dead.contains("canary") && !dead.contains("127.0.0.2"), "{dead}");
    assert_eq!(receiver.received().len(), 4);

    receiver.say(Says::status(200));
    app.cli(&["webhooks", "redeliver", line["delivery"].as_str().unwrap()]).expect(0);
    let fifth = wait::until("it is delivered", async || receiver.received().get(4).cloned()).await;
    assert_eq!(fifth.header("webhook-id"), line["delivery"].as_str().unwrap());
    app.cli(&["webhooks", "redeliver", "--webhook", &webhook]).expect(2);
}

#[tokio::test]
async fn two_secrets_sign_while_one_takes_the_place_of_the_other() {
    let (app, receiver) = (app(&[]).await, Receiver::start().await);
    let (webhook, old) = register(&app, &receiver, &["request.completed"]).await;
    let rotated = app.caller.post(&format!("/webhooks/{webhook}/rotate"), &json!({})).await.expect(200).json();
    app.caller.ping().await.expect(200);
    let received = receiver.meets("request.completed", is("request.completed")).await;
    verify(&received, &old);
    verify(&received, rotated["secret"].as_str().unwrap());
}

#[tokio::test]
async fn a_low_balance_is_told_once() {
    let (app, receiver) = (app(&[]).await, Receiver::start().await);
    let caller = app.account(10 * PING);
    let body = json!({ "url": receiver.url("/hook"), "events": ["balance.low"], "low_balance_usd": "0.00085" });
    caller.post("/webhooks", &body).await.expect(201);
    caller.ping().await.expect(200);
    caller.ping().await.expect(200);
    let low = receiver.meets("balance.low", is("balance.low")).await.json();
    assert_eq!(low["data"]["threshold_micro_usd"], 850);
    assert!(low["data"]["balance_micro_usd"].as_u64().unwrap() < 850);
    caller.ping().await.expect(200);
    app.settled().await;
    let all = async || (caller.get("/webhooks").await.json()["webhooks"][0]["deliveries_waiting"] == 0).then_some(());
    wait::until("nothing waits", all).await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn an_answer_that_was_asked_for_later_is_delivered_and_paid_for() {
    let (app, receiver) = (app(&[]).await, Receiver::start().await);
    let before = app.caller.balance().await;
    let code = json!({ "code": "print(6 * 7)" });
    let refused = later(&app, "/code/run", &code).await.expect(409);
    assert!(refused.json()["type"].as_str().unwrap().ends_with("no-webhook"), "{refused:?}");
    refused.is_an_unpaid_problem();

    let (_, secret) = register(&app, &receiver, &[]).await;
    later(&app, "/code/run", &json!({ "code": 1 })).await.expect(422);
    let promised = later(&app, "/code/run", &code).await.expect(202);
    assert_eq!(promised.header("preference-applied"), "respond-async");
    let answered = receiver.meets("the answer", is("request.answered")).await;
    verify(&answered, &secret);
    let data = answered.json()["data"].clone();
    assert_eq!((&data["request_id"], &data["answer"]["stdout"]), (&json!(promised.request()), &json!("42\n")));
    assert!(data["receipt"].as_str().unwrap().split('.').count() == 3);
    app.settled().await;
    assert_eq!(before - app.caller.balance().await, 20_000);
    assert_eq!(app.caller.get(&format!("/requests/{}", promised.request())).await.json()["status"], "completed");
}

#[tokio::test]
async fn an_answer_that_does_not_arrive_is_refunded() {
    let (app, receiver) = (app(&[]).await, Receiver::start().await);
    register(&app, &receiver, &[]).await;
    let before = app.caller.balance().await;
    receiver.say(Says::status(500));
    let promised = later(&app, "/tools/ping", &json!({})).await.expect(202);
    app.settled().await;
    let request = app.caller.get(&format!("/requests/{}", promised.request())).await.json();
    assert_eq!((&request["status"], &request["refund_reason"]), (&json!("refunded"), &json!("undelivered")));
    assert_eq!(app.caller.balance().await, before);

    receiver.say(Says::status(200));
    let failed = later(&app, "/tools/orphan", &json!({})).await.expect(202);
    let told = receiver.meets("the failure", |one| one.json()["data"]["request_id"] == failed.request()).await.json();
    assert_eq!((&told["data"]["http_status"], &told["data"]["problem"]), (&json!(503), &json!("unavailable")));
    assert!(told["data"]["refund_credit"].as_str().unwrap().starts_with("cr_"));
}

#[tokio::test]
async fn an_answer_that_a_crash_has_lost_is_refunded() {
    let (mut app, receiver) = (app(&[]).await, Receiver::start().await);
    register(&app, &receiver, &[]).await;
    let before = app.caller.balance().await;
    let endless = json!({ "code": "while True: pass", "timeout_s": 2 });
    let promised = later(&app, "/code/run", &endless).await.expect(202);
    let ingress = app.names().into_iter().find(|name| name == "serve" || name == "api").unwrap();
    app.role(&ingress).kill();
    app.start_role(&ingress).await;
    let request = format!("/requests/{}", promised.request());
    let refunded = async || (app.caller.get(&request).await.json()["status"] == "refunded").then_some(());
    wait::within(std::time::Duration::from_secs(90), "it is refunded", refunded).await;
    assert_eq!(app.caller.balance().await, before);
}

#[tokio::test]
async fn nothing_of_a_webhook_or_an_answer_is_anywhere_in_plain() {
    const CANARY: &str = "xylophone-Quetzal-webhook-canary";
    let (mut app, receiver) = (app(&[("LOG__LEVEL", "trace")]).await, Receiver::start().await);
    let body = json!({ "url": receiver.url(&format!("/{CANARY}")), "events": ALL });
    let made = app.caller.post("/webhooks", &body).await.expect(201).json();
    let code = json!({ "code": format!("print('{CANARY}')") });
    let promised = later(&app, "/code/run", &code).await.expect(202);
    receiver.meets("the answer", is("request.answered")).await;
    receiver.meets("what is told", is("request.completed")).await;
    app.settled().await;
    app.stop();
    let found = files_holding(app.dir(), &[promised.request().as_bytes().to_vec()]);
    assert!(found.len() > 1, "the request is found in {found:?}");
    for secret in [CANARY, made["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap()] {
        let leaks = files_holding(app.dir(), &spellings(secret));
        assert!(leaks.is_empty(), "{secret} is in {leaks:?}");
    }
}
