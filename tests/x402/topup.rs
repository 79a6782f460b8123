//! A payment becomes a balance, once.

use futures::future::join_all;
use serde_json::json;

use super::market::{Market, Settler, now_s};

#[tokio::test]
async fn a_topup_by_a_stranger_opens_an_account_and_shows_its_key_once() {
    let market = Market::open(Settler::Ourselves).await;
    let wallet = market.wallet("buyer").await;
    let body = json!({ "amount_usd": "5.00" });
    let offer = market.offer("/credits/topup", &body).await;
    assert_eq!(offer.amount, 5_000_000);
    let payment = wallet.v2(&offer, &wallet.authorization(&offer, now_s(), 1));
    let copies = join_all((0..6).map(|_| market.pay("/credits/topup", &body, &payment))).await;
    let keys: Vec<_> = copies.iter().filter(|answer| answer.status == 200).map(|answer| answer.json()).collect();
    let keys: Vec<_> = keys.iter().filter_map(|told| told["api_key"].as_str()).collect();
    let [key] = keys.as_slice() else { panic!("{copies:?}") };

    let owner = market.stranger().with_key(key);
    assert_eq!(owner.balance().await, 5_000_000);
    owner.ping().await.expect(200);
    market.app.settled().await;
    assert_eq!((market.transfers().await.len(), market.wallet_in_the_books().await), (1, 5_000_000));

    // Who has lost the key proves the wallet, and makes another.
    let session = market.sign_in(&wallet).await;
    let made = session.post("/auth/keys", &json!({})).await.expect(201).json();
    let again = market.stranger().with_key(made["api_key"].as_str().unwrap());
    assert_eq!(again.balance().await, 5_000_000 - super::market::PING);
}

#[tokio::test]
async fn with_a_key_the_money_is_on_its_account() {
    let market = Market::open(Settler::Ourselves).await;
    let wallet = market.wallet("buyer").await;
    let body = json!({ "amount_usd": "1.00" });
    let offer = market.offer("/credits/topup", &body).await;
    let payment = wallet.v2(&offer, &wallet.authorization(&offer, now_s(), 1));
    let before = market.app.caller.balance().await;
    let answer = super::market::pay(&market.app.caller, "/credits/topup", &body, &payment).await.expect(200);
    assert!(answer.json()["api_key"].is_null());
    assert_eq!(market.app.caller.balance().await, before + 1_000_000);
}
