//! `Idempotency-Key`: what leaves the ingress of it, and what its owner is told.

use aipaygen_bus::commands::{Authorization, Refusal};
use aipaygen_events::RequestId;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::support::{Answer, House, Says};

const OTHER: RequestId = RequestId::from_uuid(Uuid::from_u128(7));

async fn keyed(house: &House, path: &str, key: &str, say: &str) -> Answer {
    let request = house.authorized(Method::POST, path).header("idempotency-key", key);
    Answer::to(request.json(&json!({ "say": say }))).await
}

#[tokio::test]
async fn only_keyed_hashes_leave_the_ingress_and_they_tell_requests_apart() {
    let house = House::open().await;
    for (path, key, say) in [
        ("/tools/echo", "one", "a"),
        ("/tools/echo", "\"one\"", "a"),
        ("/tools/echo", "one", "b"),
        ("/echo/run", "one", "a"),
        ("/tools/echo", "two", "a"),
    ] {
        keyed(&house, path, key, say).await.expect(200);
    }
    let hashes: Vec<_> = house.payments.asked().into_iter().map(|asked| asked.idempotency.unwrap()).collect();
    let [first, same, other_body, other_route, other_key] = hashes.as_slice() else { panic!("{hashes:?}") };
    assert_eq!(first, same);
    assert!(first.key == other_body.key && first.request != other_body.request);
    assert!(first.key == other_route.key && first.request != other_route.request);
    assert!(first.key != other_key.key && first.request == other_key.request);
    assert!(hashes.iter().all(|hashes| hashes.key.len() == 64 && hashes.request.len() == 64));
}

#[tokio::test]
async fn a_replay_is_free_and_says_so() {
    let house = House::open().await;
    let receipt = "the.first.one".to_owned();
    house.payments.say(Says::Answer(Authorization::Replay { of: OTHER, receipt, settled: None }));
    let answer = keyed(&house, "/tools/echo", "k", "again").await.expect(200);
    assert_eq!(answer.header("idempotent-replayed"), "true");
    assert_eq!(answer.header("x-payment-receipt"), "the.first.one");
    keyed(&house, "/tools/echo", "k", "fail").await.is_problem(502, "tool-failed");
    assert!(house.payments.ended().is_empty() && house.payments.queued().is_empty(), "nothing was charged");
}

#[tokio::test]
async fn a_key_that_cannot_be_used_is_refused_uncharged() {
    let house = House::open().await;
    let receipt = "the.first.one".to_owned();
    for (refusal, status, slug) in [
        (Refusal::IdempotencyInFlight { request: OTHER }, 409, "idempotency-in-flight"),
        (Refusal::IdempotencyOtherRequest { request: OTHER }, 422, "idempotency-key-reused"),
        (Refusal::IdempotencySpent { request: OTHER, receipt }, 409, "idempotency-key-spent"),
    ] {
        let spent = matches!(refusal, Refusal::IdempotencySpent { .. });
        house.payments.say(Says::Answer(Authorization::Refused(refusal)));
        let problem = keyed(&house, "/tools/echo", "k", "hi").await.is_problem(status, slug);
        assert_eq!(problem["of_request"], OTHER.to_string());
        assert_eq!(problem["receipt"] == "the.first.one", spent);
    }
    for key in ["", "two words", &"x".repeat(256)] {
        keyed(&house, "/tools/echo", key, "hi").await.is_problem(400, "invalid-header");
    }
}
