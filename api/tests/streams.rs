//! Answers that come bit by bit: to their end, to a failure, and to nobody.

use std::time::{Duration, Instant};

use aipaygen_bus::commands::EndHow;
use aipaygen_events::account::{RefundReason, Tokens};
use futures::StreamExt;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::payments::reason;
use crate::support::{House, until};

async fn stream(house: &House, path: &str, say: &str, pricing: &str) -> Response {
    let request = house.authorized(Method::POST, path).header("x-pricing", pricing);
    let response = request.json(&json!({ "say": say, "stream": true })).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response
}

/// The events of a stream: name and data.
fn events(text: &str) -> Vec<(String, Value)> {
    let events = text.split("\n\n").filter(|event| !event.is_empty() && *event != ":");
    events
        .map(|event| {
            let line = |name| event.lines().find_map(|line: &str| line.strip_prefix(name)).unwrap_or_default();
            let data = line("data: ");
            (line("event: ").to_owned(), serde_json::from_str(data).unwrap_or_else(|_| data.into()))
        })
        .collect()
}

#[tokio::test]
async fn a_stream_ends_in_what_it_cost_and_the_receipt() {
    let house = House::open().await;
    let text = stream(&house, "/tools/spoken", "hello", "flat").await.text().await.unwrap();
    let events = events(&text);
    assert_eq!(events.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["delta", "delta", "delta", "end"]);
    assert_eq!(events[0].1, json!({ "said": "word " }));
    let end = &events[3].1;
    assert_eq!((&end["model"], &end["aipaygen"]["price_usd"]), (&"haiku".into(), &"0.02".into()));
    assert_eq!(end["aipaygen"]["receipt"], "head.claims.signature");
    assert_eq!(end["aipaygen"]["tokens"], json!({ "input": 10, "output": 5 }));
    until("the charge is completed", || house.payments.queued().len() == 1).await;
}

#[tokio::test]
async fn a_metered_stream_is_captured_at_its_end() {
    let house = House::open().await;
    let text = stream(&house, "/tools/spoken", "hello", "metered").await.text().await.unwrap();
    let end = events(&text).pop().unwrap().1;
    assert_eq!((&end["aipaygen"]["price_micro_usd"], &end["aipaygen"]["receipt"]), (&28.into(), &"again".into()));
    assert_eq!(end["aipaygen"]["rate"]["output_micro_usd"], 4_000_000);
}

#[tokio::test]
async fn a_failure_on_the_way_is_a_frame_with_the_credit() {
    let house = House::open().await;
    let text = stream(&house, "/tools/spoken", "upstream", "flat").await.text().await.unwrap();
    let (name, problem) = events(&text).pop().unwrap();
    assert_eq!((name.as_str(), &problem["status"], &problem["charged"]), ("error", &503.into(), &20_000.into()));
    assert!(problem["refund_credit"].as_str().unwrap().starts_with("cr_"), "{problem}");
    assert_eq!(reason(&house.payments.ended()[0]), Some(RefundReason::ToolFailed));
    let text = stream(&house, "/v1/spoken", "upstream", "flat").await.text().await.unwrap();
    let (_, problem) = events(&text).pop().unwrap();
    assert_eq!(
        (&problem["error"]["code"], &problem["error"]["type"]),
        (&"provider-busy".into(), &"server_error".into())
    );
    assert!(problem["error"]["refund_credit"].as_str().unwrap().starts_with("cr_"), "{problem}");
}

#[tokio::test]
async fn at_the_other_face_a_stream_ends_in_done() {
    let house = House::open().await;
    let text = stream(&house, "/v1/spoken", "hello", "flat").await.text().await.unwrap();
    let events = events(&text);
    assert!(events.iter().all(|(name, _)| name.is_empty()));
    assert_eq!(events.last().unwrap().1, "[DONE]");
    assert_eq!(events[3].1["aipaygen"]["price_micro_usd"], 20_000);
}

#[tokio::test]
async fn a_caller_who_leaves_pays_for_what_was_produced() {
    let house = House::open().await;
    let mut bits = stream(&house, "/tools/spoken", "endless", "metered").await.bytes_stream();
    for _ in 0..3 {
        bits.next().await.unwrap().unwrap();
    }
    drop(bits);
    let gone = Instant::now();
    until("the charge has an end", || !house.payments.queued().is_empty()).await;
    assert!(gone.elapsed() < Duration::from_secs(1), "{:?}", gone.elapsed());
    let end = house.payments.queued().pop().unwrap();
    let EndHow::Complete { price: Some(price), tokens, .. } = end.how else { panic!("{end:?}") };
    assert_eq!((end.status, tokens.input), (499, 10));
    assert!(tokens.output >= 15 && tokens.output % 5 == 0, "{tokens:?}");
    assert_eq!(price.micro_usd(), (8 + tokens.output * 4).min(1_200));
    let before = Tokens { ..tokens };
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(house.payments.queued().len(), 1, "{before:?}");
}

#[tokio::test]
async fn a_caller_who_does_not_read_slows_the_work_and_loses_nothing() {
    let house = House::open().await;
    let response = stream(&house, "/tools/spoken", "silent", "flat").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(events(&response.text().await.unwrap()).pop().unwrap().0, "end");
}

#[tokio::test]
async fn errors_have_the_other_shape_at_the_other_face() {
    let house = House::open().await;
    let ask = |request: reqwest::RequestBuilder| async { request.send().await.unwrap() };
    let answer = ask(house.request(Method::POST, "/v1/spoken").body("{}")).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (402, &"application/json".parse().unwrap())
    );
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        (&body["error"]["code"], &body["error"]["type"]),
        (&"payment-required".into(), &"insufficient_quota".into())
    );
    assert_eq!(body["security"]["data_handling"]["request_logging"], "metadata_only");
    assert_eq!((&body["x402Version"], &body["price_micro_usd"]), (&1.into(), &20_000.into()));
    assert!(body["accepts"].is_array() && body["error"]["message"].is_string());
    let answer = ask(house.authorized(Method::POST, "/v1/spoken").json(&json!({}))).await;
    let body: Value = answer.json().await.unwrap();
    assert_eq!((&body["error"]["param"], &body["error"]["type"]), (&"/say".into(), &"invalid_request_error".into()));
    let body: Value = ask(house.request(Method::GET, "/v1/nothing")).await.json().await.unwrap();
    assert_eq!(body["error"]["type"], "not_found_error");
}
