//! How often one may ask, and how it is told.

use std::num::NonZeroU32;

use reqwest::Method;

use crate::support::house::key;
use crate::support::{Answer, House};

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_told_when_to_come_back() {
    let house = House::with(|settings| settings.requests_per_minute_per_address = number(3)).await;
    for left in [2, 1, 0] {
        let answer = Answer::to(house.request(Method::GET, "/livez")).await.expect(200);
        assert_eq!(answer.header("ratelimit-policy"), r#""address";q=3;w=60"#);
        assert!(answer.header("ratelimit").starts_with(&format!(r#""address";r={left};t="#)), "{answer:?}");
    }
    let refused = Answer::to(house.request(Method::GET, "/livez")).await;
    refused.is_problem(429, "rate-limited");
    assert!((1..=21).contains(&refused.header("retry-after").parse::<u64>().unwrap()), "{refused:?}");
    assert!(refused.header("ratelimit").starts_with(r#""address";r=0;"#));
}

#[tokio::test]
async fn a_key_that_asks_too_often_is_refused_before_any_charge_and_another_is_not() {
    let house = House::with(|settings| settings.requests_per_minute_per_key = number(2)).await;
    let other = key(2);
    house.records.account(&other, None).await;
    house.call("/tools/echo", "one").await.expect(200);
    let second = house.call("/tools/echo", "two").await.expect(200);
    assert!(second.header("ratelimit-policy").contains(r#""key";q=2;w=60"#), "{second:?}");
    let refused = house.call("/tools/echo", "three").await;
    refused.is_problem(429, "rate-limited");
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(house.payments.asked().len(), 2);
    let balance = house.request(Method::GET, "/auth/balance").bearer_auth(other.expose());
    Answer::to(balance).await.expect(200);
}

#[tokio::test]
async fn an_address_that_keeps_guessing_keys_is_held_up() {
    let house = House::with(|settings| settings.failed_logins_per_minute_per_address = number(2)).await;
    let guess = || Answer::to(house.request(Method::GET, "/auth/balance").header("x-api-key", "apk_guess"));
    guess().await.is_problem(401, "invalid-api-key");
    guess().await.is_problem(401, "invalid-api-key");
    guess().await.is_problem(429, "rate-limited");
    house.get("/auth/balance").await.expect(200);
}

#[tokio::test]
async fn behind_an_edge_each_client_counts_for_itself() {
    let house = House::with(|settings| {
        settings.requests_per_minute_per_address = number(1);
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let from = |client: &'static str| house.request(Method::GET, "/livez").header("x-forwarded-for", client);
    Answer::to(from("203.0.113.1")).await.expect(200);
    Answer::to(from("203.0.113.2")).await.expect(200);
    Answer::to(from("198.51.100.9, 203.0.113.1")).await.is_problem(429, "rate-limited");
}
