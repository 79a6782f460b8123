//! Topping up: the caller chooses an amount, pays it with a wallet, and gets a key, once.

use aipaygen_testchain::Wallet;
use aipaygen_x402::SettleResponse;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::wallets::{decoded, offer, signed};
use crate::support::{Answer, House};

async fn topup(house: &House, body: &Value) -> Answer {
    Answer::to(house.request(Method::POST, "/credits/topup").json(body)).await
}

#[tokio::test]
async fn the_amount_that_is_chosen_is_the_price_and_payments_are_the_only_way() {
    let house = House::paid_by_wallets().await;
    let answer = topup(&house, &json!({ "amount_usd": "2.50" })).await;
    let problem = answer.is_problem(402, "payment-required");
    assert_eq!(answer.header("x-price-usdc"), "2.50");
    assert_eq!(problem["accepts"][0]["maxAmountRequired"], "2500000");
    assert_eq!(problem["how_to_pay"].get("authorization"), None);
    let required: Value = decoded(answer.header("payment-required"));
    assert_eq!(required["accepts"][0]["amount"], "2500000");
    assert_eq!(required["resource"]["url"], format!("{}/credits/topup", house.url));
}

#[tokio::test]
async fn a_body_that_names_no_amount_within_the_bounds_is_refused_by_its_field() {
    let house = House::paid_by_wallets().await;
    let cases = [
        (json!({}), "/amount_usd"),
        (json!({ "amount_usd": 5 }), "/amount_usd"),
        (json!({ "amount_usd": "five" }), "/amount_usd"),
        (json!({ "amount_usd": "0.99" }), "/amount_usd"),
        (json!({ "amount_usd": "1000.01" }), "/amount_usd"),
        (json!({ "amount_usd": "5.00", "extra": 1 }), ""),
        (json!(["5.00"]), ""),
    ];
    for (body, field) in cases {
        let problem = topup(&house, &body).await.is_problem(422, "invalid-body");
        assert_eq!(problem["violations"][0]["field"], field, "{problem}");
    }
}

#[tokio::test]
async fn a_payment_fills_the_account_of_its_wallet_and_shows_a_key() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    let body = json!({ "amount_usd": "5.00" });
    let offer = offer(&topup(&house, &body).await);
    let payment = wallet.v2(&offer, &signed(&wallet, &offer, 1));
    let request = house.request(Method::POST, "/credits/topup").header("payment-signature", &payment);
    let answer = Answer::to(request.json(&body)).await.expect(200);
    assert!(answer.json()["api_key"].as_str().unwrap().starts_with("apk_"));
    assert_eq!(
        (answer.json()["deposited_micro_usd"].as_u64(), answer.header("cache-control")),
        (Some(5_000_000), "private, no-store")
    );
    assert!(decoded::<SettleResponse>(answer.header("payment-response")).success);

    let asked = house.payments.topped_up().pop().unwrap();
    assert_eq!(
        (asked.account, asked.payment.value, asked.endpoint.as_str()),
        (None, 5_000_000, "POST /credits/topup")
    );
    // A payment for one amount is none for another.
    let other = house.request(Method::POST, "/credits/topup").header("payment-signature", &payment);
    let problem = Answer::to(other.json(&json!({ "amount_usd": "50.00" }))).await.is_problem(402, "payment-refused");
    assert_eq!(problem["field"], "accepted.amount");
}

#[tokio::test]
async fn with_a_key_the_payment_fills_the_account_of_the_key() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    let body = json!({ "amount_usd": "5.00" });
    let offer = offer(&topup(&house, &body).await);
    let payment = wallet.v2(&offer, &signed(&wallet, &offer, 1));
    let request = house.authorized(Method::POST, "/credits/topup").header("payment-signature", &payment);
    let answer = Answer::to(request.json(&body)).await.expect(200);
    assert_eq!(answer.json()["api_key"], Value::Null);
    assert_eq!(house.payments.topped_up()[0].account, Some(house.account));
}
