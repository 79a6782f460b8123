//! Chains that are slow, silent, or change their mind.

use std::time::Duration;

use aipaygen_testchain::Mining;
use serde_json::json;

use crate::support::wait;
use crate::x402::judge::Told;
use crate::x402::market::{Market, Settler};

#[tokio::test]
async fn a_transfer_that_a_reorganisation_undoes_is_made_again() {
    let market = Market::with(Settler::Ourselves, Mining::AtOnce, &[]).await;
    let wallet = market.wallet("buyer").await;
    market.ping(&wallet, 1).await.expect(200);
    assert_eq!(market.transfers().await.len(), 1);
    market.chain.reorg(1).await;
    assert!(market.transfers().await.is_empty(), "the chain has forgotten it");
    // Time passes on the chain; whoever watches sends it again.
    wait::until("the payment is on the chain again", async || {
        market.chain.mine(1).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        (market.transfers().await.len() == 1).then_some(())
    })
    .await;
    market.app.settled().await;
    assert_eq!(market.wallet_in_the_books().await, 100);
}

#[tokio::test]
async fn without_blocks_a_payment_is_pending_and_with_them_it_is_answered() {
    let settings = [("X402__SETTLE_TIMEOUT_MS", "1500")];
    let market = Market::with(Settler::Ourselves, Mining::AtOnce, &settings).await;
    let wallet = market.wallet("buyer").await;
    let payment = market.payment(&wallet, 1).await;
    market.chain.set_automine(false).await;
    let answer = market.pay("/tools/ping", &json!({}), &payment).await.expect(503);
    assert!(answer.json()["type"].as_str().unwrap().ends_with("/payment-pending"), "{answer:?}");
    assert!(market.transfers().await.is_empty());
    market.chain.set_automine(true).await;
    market.chain.mine(1).await;
    let answer = wait::until("the same payment is answered", async || {
        let answer = market.pay("/tools/ping", &json!({}), &payment).await;
        assert!(matches!(answer.status, 200 | 409 | 503), "{answer:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
        (answer.status == 200).then_some(answer)
    })
    .await;
    market.judge(&Told::by([&answer])).await;
}

#[tokio::test]
async fn who_submits_our_claimed_payment_first_saves_us_the_gas() {
    let settings = [("X402__SETTLE_TIMEOUT_MS", "1500")];
    let market = Market::with(Settler::Ourselves, Mining::AtOnce, &settings).await;
    let wallet = market.wallet("buyer").await;
    let offer = market.offer("/tools/ping", &json!({})).await;
    let authorization = wallet.authorization(&offer, crate::x402::market::now_s(), 1);
    let payment = wallet.v2(&offer, &authorization);
    market.chain.set_automine(false).await;
    market.pay("/tools/ping", &json!({}), &payment).await.expect(503);
    for transaction in market.chain.waiting().await {
        market.chain.forget(transaction).await;
    }
    market.chain.set_automine(true).await;
    market.submit(&wallet, &offer, &authorization).await;
    let answer = wait::until("the payment that another has submitted is answered", async || {
        let answer = market.pay("/tools/ping", &json!({}), &payment).await;
        assert!(matches!(answer.status, 200 | 409 | 503), "{answer:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
        (answer.status == 200).then_some(answer)
    })
    .await;
    market.judge(&Told::by([&answer])).await;
}
