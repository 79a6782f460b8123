//! Calls whose tokens are counted: the worst case is held, what was used is kept.

use aipaygen_bus::commands::{Authorization, EndHow, Refusal};
use aipaygen_events::MicroUsd;
use aipaygen_events::account::{Pricing, Tokens};
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, House, Says};

async fn metered(house: &House, path: &str, say: &str) -> Answer {
    let request = house.authorized(Method::POST, path).header("x-pricing", "metered");
    Answer::to(request.json(&json!({ "say": say }))).await
}

fn micro(amount: u64) -> MicroUsd {
    MicroUsd::new(amount).unwrap()
}

#[tokio::test]
async fn the_worst_case_is_held_and_what_was_used_is_kept() {
    let house = House::open().await;
    let answer = metered(&house, "/tools/spoken", "hello").await.expect(200);
    let asked = house.payments.asked().pop().unwrap();
    assert_eq!((asked.pricing, asked.amount), (Pricing::Metered, micro(800 + 400)));
    // 10 tokens at 0.80 and 5 at 4 USD a million: 8 + 20.
    let ended = house.payments.ended().pop().unwrap();
    let EndHow::Complete { price, tokens, .. } = ended.how else { panic!("{ended:?}") };
    assert_eq!((price, tokens), (Some(micro(28)), Tokens { input: 10, output: 5 }));
    assert!(house.payments.queued().is_empty(), "the caller waits for the receipt");
    assert_eq!(answer.header("x-price-usdc"), "0.000028");
    assert_eq!(answer.header("x-payment-receipt"), "again");
    assert_eq!((answer.header("x-model"), answer.header("x-tokens")), ("haiku", "input=10, output=5"));
    assert_eq!(answer.header("x-rate"), "input=800000, output=4000000");
}

#[tokio::test]
async fn a_dearer_model_that_stands_in_costs_no_more_than_was_held() {
    let house = House::open().await;
    let answer = metered(&house, "/tools/spoken", "dear").await.expect(200);
    assert_eq!((answer.header("x-model"), answer.header("x-price-usdc")), ("opus", "0.0012"));
    let ended = house.payments.ended().pop().unwrap();
    assert!(matches!(ended.how, EndHow::Complete { price: Some(price), .. } if price == micro(1_200)));
}

#[tokio::test]
async fn a_balance_below_the_hold_is_told_what_would_fit() {
    let house = House::open().await;
    let refuse = |available| {
        let refusal = Refusal::InsufficientFunds { price: micro(1_200), available: micro(available) };
        house.payments.say(Says::Answer(Authorization::Refused(refusal)));
    };
    refuse(1_000);
    let answer = metered(&house, "/tools/spoken", "hello").await;
    let problem = answer.is_problem(402, "insufficient-funds");
    assert_eq!((&problem["hold_micro_usd"], &problem["available_micro_usd"]), (&1_200.into(), &1_000.into()));
    // 1000 tokens of input take 800; 200 are left for the output at 4 a token.
    assert_eq!(problem["max_tokens_affordable"], 50);
    assert!(problem["detail"].as_str().unwrap().contains("max_tokens of at most 50"), "{problem}");
    refuse(801);
    let problem = metered(&house, "/tools/spoken", "hello").await.is_problem(402, "insufficient-funds");
    assert!(problem["max_tokens_affordable"].is_null());
}

#[tokio::test]
async fn what_has_no_tokens_refuses_the_meter_and_nothing_is_charged() {
    let house = House::open().await;
    let problem = metered(&house, "/echo/run", "hello").await.is_problem(400, "invalid-header");
    assert_eq!(problem["header"], "X-Pricing");
    assert!(house.payments.asked().is_empty());
}

#[tokio::test]
async fn a_failure_gives_the_whole_hold_back_and_says_what_the_upstream_said() {
    let house = House::open().await;
    let answer = metered(&house, "/tools/spoken", "upstream").await;
    let problem = answer.is_failure(503, "provider-busy");
    assert_eq!((&problem["detail"], &problem["provider_error"]), (&"It is busy.".into(), &"canary".into()));
    assert_eq!(problem["charged"], 20_000, "what the payments workers say, and not the worker");
    assert!(!answer.header("x-refund-credit").is_empty());
}

#[tokio::test]
async fn an_end_that_nobody_decides_is_queued_at_its_price() {
    let house = House::open().await;
    house.payments.leave_ends_open();
    let answer = metered(&house, "/tools/spoken", "hello").await.expect(200);
    assert_eq!((answer.header("x-price-usdc"), answer.header("x-payment-receipt")), ("0.000028", ""));
    crate::support::until("the end is queued", || !house.payments.queued().is_empty()).await;
    let queued = house.payments.queued().pop().unwrap();
    assert!(matches!(queued.how, EndHow::Complete { price: Some(price), .. } if price == micro(28)));
}
