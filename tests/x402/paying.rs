//! What every run of the tests shows of payments: they are taken once, for what they were offered for.

use aipaygen_testchain::Wallet;
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::buyers::Buyer;
use super::judge::Told;
use super::market::{Market, PING, Settler, now_s, settlement};
use crate::support::wait;

#[tokio::test]
async fn official_buyers_of_both_versions_buy_through_the_official_facilitator() {
    let market = Market::open(Settler::Npm).await;
    for (number, buyer) in [Buyer::NpmV2, Buyer::PyPiV1].into_iter().enumerate() {
        let wallet = market.wallet(&format!("{buyer:?}")).await;
        let url = format!("http://{}/code/run", market.app.address());
        let bought = buyer.buy(url, &wallet, &json!({ "code": "print(6 * 7)" })).await;
        assert_eq!((bought.status, &bought.body["stdout"]), (200, &"42\n".into()), "{bought:?}");
        assert!(!bought.header("x-payment-receipt").is_empty());
        assert_eq!(market.transfers().await.len(), number + 1);
        assert_eq!(market.chain.balance(wallet.address()).await, 10_000_000 - 20_000);
    }
    market.app.settled().await;
    assert_eq!(market.wallet_in_the_books().await, 40_000);
}

#[tokio::test]
async fn of_twelve_copies_at_once_one_is_settled_and_one_is_answered() {
    let market = Market::open(Settler::Ourselves).await;
    let wallet = market.wallet("buyer").await;
    let payment = market.payment(&wallet, 1).await;
    let body = json!({});
    let copies = join_all((0..12).map(|_| market.pay("/tools/ping", &body, &payment))).await;
    let answered = copies.iter().filter(|answer| answer.status == 200).count();
    assert!((1..=2).contains(&answered), "one runs, and one may run once more: {copies:?}");
    assert!(copies.iter().all(|answer| matches!(answer.status, 200 | 409 | 503)), "{copies:?}");
    let replayed = copies.iter().filter(|answer| !answer.header("idempotent-replayed").is_empty()).count();
    assert_eq!(answered - replayed, 1);
    let firsts = copies.iter().filter(|answer| answer.header("idempotent-replayed").is_empty());
    market.judge(&Told::by(firsts)).await;
}

#[tokio::test]
async fn a_payment_stands_for_one_request_and_no_other() {
    let market = Market::open(Settler::Ourselves).await;
    let (wallet, body) = (market.wallet("buyer").await, json!({ "code": "1" }));
    let offer = market.offer("/code/run", &body).await;
    let authorization = wallet.authorization(&offer, now_s(), 1);
    let (v2, v1) = (wallet.v2(&offer, &authorization), wallet.v1(&offer, &authorization));
    // The same tool at the same price: in version 2 the payment itself says what it was quoted for.
    market.pay("/tools/code_run", &body, &v2).await.expect(402);
    assert!(market.transfers().await.is_empty());
    let answer = market.pay("/code/run", &body, &v2).await.expect(200);
    // In version 1 nothing does but our memory of it.
    for (path, body) in [("/tools/code_run", body), ("/code/run", json!({ "code": "2" }))] {
        let elsewhere = market.pay(path, &body, &v1).await.expect(409);
        assert!(elsewhere.json()["type"].as_str().unwrap().ends_with("/payment-used"), "{elsewhere:?}");
        assert_eq!(elsewhere.json()["of_request"], answer.request());
    }
    market.judge(&Told::by([&answer])).await;
}

#[tokio::test]
async fn a_payment_that_others_have_put_on_the_chain_first_is_refused() {
    let market = Market::open(Settler::Ourselves).await;
    let wallet = market.wallet("buyer").await;
    let offer = market.offer("/tools/ping", &json!({})).await;
    let authorization = wallet.authorization(&offer, now_s(), 1);
    market.submit(&wallet, &offer, &authorization).await;
    let answer = market.pay("/tools/ping", &json!({}), &wallet.v2(&offer, &authorization)).await.expect(402);
    assert!(answer.json()["type"].as_str().unwrap().ends_with("/payment-refused"), "{answer:?}");
    assert!(!answer.header("payment-required").is_empty());
    assert_eq!((market.transfers().await.len(), market.wallet_in_the_books().await), (1, 0));
}

#[tokio::test]
async fn a_wallet_without_money_is_told_so_and_may_try_again() {
    let market = Market::open(Settler::Ourselves).await;
    let (poor, rich) = (Wallet::named("poor"), market.wallet("rich").await);
    let answer = market.ping(&poor, 1).await.expect(402);
    assert!(answer.json()["type"].as_str().unwrap().ends_with("/payment-failed"), "{answer:?}");
    assert!(!answer.header("payment-required").is_empty());
    assert!(!settlement(&answer).success);
    let answer = market.ping(&rich, 1).await.expect(200);
    market.judge(&Told::by([&answer])).await;
}

#[tokio::test]
async fn what_is_paid_and_not_delivered_is_a_voucher_that_pays_for_other_calls() {
    let market = Market::open(Settler::Ourselves).await;
    let wallet = market.wallet("buyer").await;
    let offer = market.offer("/tools/orphan", &json!({})).await;
    let payment = wallet.v2(&offer, &wallet.authorization(&offer, now_s(), 1));
    let failed = market.pay("/tools/orphan", &json!({}), &payment).await.expect(503);
    let code = failed.header("x-refund-credit").to_owned();
    assert!(code.starts_with("rc_") && failed.json()["refund_credit"] == code.as_str(), "{failed:?}");
    market.judge(&Told::by([&failed])).await;

    let call = || market.stranger().request(Method::POST, "/tools/ping").header("x-refund-credit", &code);
    let first = market.stranger().send(call().json(&json!({}))).await.expect(200);
    assert!(!first.header("x-payment-receipt").is_empty() && first.header("payment-response").is_empty());
    let left = offer.amount - PING;
    assert_eq!(first.header("x-refund-credit-remaining"), "0.0099");
    let dearer = market.stranger().request(Method::POST, "/code/run").header("x-refund-credit", &code);
    let refused = market.stranger().send(dearer.json(&json!({ "code": "1" }))).await.expect(402);
    assert!(refused.json()["type"].as_str().unwrap().ends_with("/insufficient-funds"), "{refused:?}");
    assert_eq!(refused.json()["available_micro_usd"], left);
    market.app.settled().await;
}

#[tokio::test]
async fn who_signs_in_with_the_wallet_sees_what_it_paid_for_and_nobody_else_does() {
    let market = Market::open(Settler::Ourselves).await;
    let wallet = market.wallet("buyer").await;
    let answer = market.ping(&wallet, 1).await.expect(200);
    market.app.settled().await;
    let path = format!("/requests/{}", answer.request());
    let owner = market.sign_in(&wallet).await;
    let seen = wait::until("the owner sees the request", async || {
        let seen = owner.get(&path).await;
        (seen.status == 200 && seen.json()["status"] == "completed").then_some(seen)
    })
    .await;
    assert_eq!((&seen.json()["tender"], &seen.json()["price"]), (&"x402".into(), &PING.into()));
    assert_eq!(seen.json()["receipt"], answer.header("x-payment-receipt"));
    market.sign_in(&Wallet::named("stranger")).await.get(&path).await.expect(404);
    market.stranger().get(&path).await.expect(401);
}
