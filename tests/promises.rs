//! What is promised to the public of every answer. The client of the suite holds each answer that any test gets to
//! the security headers and the request id; here are the answers that are easily forgotten.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use crate::support::app::{App, PING};
use crate::support::receipt;

#[tokio::test]
async fn errors_of_every_layer_keep_the_promises() {
    let app = App::start().await;
    let (caller, anonymous) = (&app.caller, app.anonymous());
    anonymous.get("/nothing/here").await.expect(404);
    anonymous.send(anonymous.request(Method::PUT, "/code/run")).await.expect(405);
    anonymous.send(anonymous.request(Method::HEAD, "/health")).await.expect(200);
    anonymous.get("/%00%ff/..%2f..").await;
    let oversized = caller.request(Method::POST, "/code/run").body("x".repeat(16 << 20));
    caller.send(oversized.header("content-type", "application/json")).await.expect(413);
    let cut = caller.request(Method::POST, "/code/run").header("content-type", "application/json").body("{\"code\"");
    let cut = caller.send(cut).await;
    assert!(matches!(cut.status, 400 | 422), "{cut:?}");
    let other = caller.request(Method::POST, "/code/run").header("content-type", "text/plain").body("print(1)");
    let other = caller.send(other).await;
    assert!(matches!(other.status, 400 | 415 | 422), "{other:?}");
}

#[tokio::test]
async fn a_flood_is_refused_before_any_charge() {
    let app = App::with(&[("SERVER__REQUESTS_PER_MINUTE_PER_KEY", "5")]).await;
    let caller = app.account(1000 * PING);
    let mut refused = None;
    for _ in 0..200 {
        let answer = caller.ping().await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        answer.expect(200);
    }
    let refused = refused.expect("two hundred calls are a flood");
    assert!(refused.header("retry-after").parse::<u64>().is_ok(), "{refused:?}");
    assert!(!refused.header("ratelimit").is_empty() && !refused.header("ratelimit-policy").is_empty());
    refused.is_an_unpaid_problem();
}

#[tokio::test]
async fn a_request_id_is_ours_and_new_each_time() {
    let app = App::start().await;
    let mut ids = BTreeSet::new();
    for _ in 0..3 {
        let request = app.anonymous().request(Method::GET, "/health").header("x-request-id", "mine");
        let answer = app.anonymous().send(request).await.expect(200);
        assert_eq!(answer.header("x-client-request-id"), "mine");
        assert!(ids.insert(answer.request().to_owned()));
    }
}

#[tokio::test]
async fn a_402_confirms_the_retention_policy_and_how_to_pay() {
    let app = App::start().await;
    let agent = app.anonymous().get("/.well-known/agent.json").await.expect(200).json();
    assert_eq!(agent["security"]["data_handling"]["request_logging"], "metadata_only");
    assert_eq!(agent["security"]["data_handling"]["response_storage"], "none");
    assert_eq!(agent["security"]["data_handling"]["data_retention_days"], 0);
    for (client, body) in [(app.anonymous(), json!("no body is looked at")), (app.account(0), json!({}))] {
        let answer = client.post("/tools/ping", &body).await.expect(402);
        assert_eq!(answer.json()["security"], agent["security"]);
        assert_eq!(answer.header("x-payment-required"), "true");
        assert!(answer.header("x-payment-receipt").is_empty() && answer.header("x-refund-credit").is_empty());
    }
}

#[tokio::test]
async fn a_receipt_is_proven_by_the_published_keys_and_by_no_forgery() {
    let app = App::start().await;
    let keys = app.anonymous().get("/.well-known/jwks.json").await.expect(200).json();
    let answer = app.caller.ping().await.expect(200);
    let receipt = answer.header("x-payment-receipt");
    let claims = receipt::verified(receipt, &keys).expect("the published key has signed it");
    assert_eq!(claims["request"], answer.request());
    assert_eq!(claims["endpoint"], "POST /tools/ping");
    assert_eq!(claims["amount_micro_usd"], PING);
    assert_eq!(claims["tender"], "prepaid");

    let (head, rest) = receipt.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let other = app.caller.run("1").await.expect(200);
    let other = other.header("x-payment-receipt").split('.').nth(1).unwrap();
    assert_eq!(receipt::verified(&format!("{head}.{other}.{signature}"), &keys), None);
}

#[tokio::test]
async fn free_answers_carry_no_receipt() {
    let app = App::start().await;
    for path in ["/auth/balance", "/usage", "/health", "/livez", "/readyz", "/security", "/.well-known/jwks.json"] {
        let answer = app.caller.get(path).await.expect(200);
        assert_eq!(answer.header("x-payment-receipt"), "", "{path}");
        assert_eq!(answer.header("x-refund-credit"), "", "{path}");
    }
}

#[tokio::test]
async fn security_txt_follows_its_rfc() {
    let app = App::start().await;
    let answer = app.anonymous().get("/.well-known/security.txt").await.expect(200);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    for (field, count) in
        [("Contact", 1), ("Expires", 1), ("Canonical", 1), ("Policy", 1), ("Preferred-Languages", 1)]
    {
        let found = answer.text().lines().filter(|line| line.starts_with(&format!("{field}: "))).count();
        assert_eq!(found, count, "{field} of {answer:?}");
    }
}

#[tokio::test]
async fn a_stranger_is_told_the_price_before_the_body_is_read() {
    let app = App::start().await;
    let anonymous = app.anonymous();
    let broken = anonymous.request(Method::POST, "/code/run").header("content-type", "application/json").body("{");
    let answer = anonymous.send(broken).await.expect(402);
    assert_eq!(answer.json()["price_micro_usd"], 20_000);
    assert_eq!(answer.header("x-price-usdc"), "0.02");
}
