//! API keys: what is refused, and how soon a revocation holds.

use std::time::Duration;

use crate::support::app::{App, PING};
use crate::support::wait;

#[tokio::test]
async fn a_key_that_is_not_one_is_refused_as_unauthorized() {
    let app = App::start().await;
    let key = app.caller.key();
    let typo = key.replace(&key[10..11], if &key[10..11] == "a" { "b" } else { "a" });
    for wrong in ["", "apk_", "sk-anything", typo.as_str(), &key[..key.len() - 1]] {
        let answer = app.caller.with_key(wrong).ping().await.expect(401);
        assert!(!answer.text().contains(key), "{answer:?}");
        answer.is_an_unpaid_problem();
    }
}

#[tokio::test]
async fn either_header_carries_the_key() {
    let app = App::start().await;
    let anonymous = app.anonymous();
    let request = anonymous.request(reqwest::Method::GET, "/auth/balance").header("x-api-key", app.caller.key());
    anonymous.send(request).await.expect(200);
    app.caller.get("/auth/balance").await.expect(200);
}

#[tokio::test]
async fn a_caller_makes_a_key_and_revokes_it_in_under_a_second() {
    let app = App::start().await;
    let made = app.caller.post("/auth/keys", &serde_json::json!({ "label": "second" })).await.expect(201).json();
    let second = app.caller.with_key(made["api_key"].as_str().unwrap());
    wait::until("the new key pays", async || (second.ping().await.status == 200).then_some(())).await;

    let path = format!("/auth/keys/{}", made["key"].as_str().unwrap());
    let revoke = app.caller.request(reqwest::Method::DELETE, &path);
    let answer = app.caller.send(revoke).await;
    assert!(answer.status < 300, "{answer:?}");
    wait::within(Duration::from_secs(1), "the key is refused", async || {
        (second.get("/auth/balance").await.status == 401).then_some(())
    })
    .await;
    second.ping().await.expect(401).is_an_unpaid_problem();
    app.caller.ping().await.expect(200);
}

#[tokio::test]
async fn a_key_without_funds_is_told_what_it_costs() {
    let app = App::start().await;
    let poor = app.account(PING - 1);
    let answer = poor.ping().await.expect(402);
    assert_eq!(answer.header("x-price-usdc"), "0.0001");
    answer.is_an_unpaid_problem();
}
