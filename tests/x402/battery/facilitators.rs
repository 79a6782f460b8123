//! Facilitators that are lost, late, broken, wrong or lying: unknown is never failed, and nobody's word is taken.

use std::time::Duration;

use aipaygen_testchain::Mining;
use serde_json::json;

use crate::support::http::Answer;
use crate::support::wait;
use crate::x402::faults::Fault;
use crate::x402::judge::Told;
use crate::x402::market::{Market, Settler};

/// So that what is late is late soon.
const IMPATIENT: [(&str, &str); 2] = [("X402__FACILITATOR_TIMEOUT_MS", "1500"), ("X402__SETTLE_TIMEOUT_MS", "3000")];

/// The facilitator has settled, and its answer says something else or nothing: the chain is asked, the caller sends the
/// same payment again if it was told to, and is answered for one transfer.
#[tokio::test]
async fn whatever_becomes_of_the_answer_a_settled_payment_is_answered_once() {
    let market = Market::with(Settler::Npm, Mining::AtOnce, &IMPATIENT).await;
    let wallet = market.wallet("buyer").await;
    let faults = [Fault::Lost, Fault::Late, Fault::Broken, Fault::Garbage, Fault::Pending, Fault::DeniesSuccess];
    let mut answers = Vec::new();
    for (number, fault) in faults.into_iter().enumerate() {
        market.faults.set(fault);
        let payment = market.payment(&wallet, number as u64).await;
        answers.push(until_answered(&market, &payment, &format!("{fault:?}")).await);
    }
    assert_eq!(market.transfers().await.len(), faults.len());
    market.judge(&Told::by(&answers)).await;
}

/// It says that it has settled, and has not: there is no answer without a transfer.
#[tokio::test]
async fn a_settlement_that_is_only_claimed_buys_nothing() {
    let market = Market::with(Settler::Npm, Mining::AtOnce, &IMPATIENT).await;
    let wallet = market.wallet("buyer").await;
    market.faults.set(Fault::ClaimsSuccess);
    let payment = market.payment(&wallet, 1).await;
    let answer = market.pay("/tools/ping", &json!({}), &payment).await.expect(503);
    assert!(answer.json()["type"].as_str().unwrap().ends_with("/payment-pending"), "{answer:?}");
    assert_eq!(answer.header("payment-required"), "", "a fresh offer would be paid twice");
    assert!(market.transfers().await.is_empty());
    // It comes to its senses, and the same payment is good all the same.
    market.faults.set(Fault::None);
    let answer = until_answered(&market, &payment, "a facilitator that has told the truth").await;
    market.judge(&Told::by([&answer])).await;
}

#[tokio::test]
async fn a_facilitator_that_is_down_costs_nothing_and_is_waited_for() {
    let market = Market::with(Settler::Npm, Mining::AtOnce, &IMPATIENT).await;
    let wallet = market.wallet("buyer").await;
    market.faults.set(Fault::Down);
    let payment = market.payment(&wallet, 1).await;
    let answer = market.pay("/tools/ping", &json!({}), &payment).await;
    assert!(matches!(answer.status, 402 | 503), "{answer:?}");
    assert!(market.transfers().await.is_empty());
    market.faults.set(Fault::None);
    let answer = until_answered(&market, &payment, "a facilitator that is back").await;
    market.judge(&Told::by([&answer])).await;
}

#[tokio::test]
async fn twelve_copies_ask_a_slow_facilitator_once() {
    let market = Market::with(Settler::Npm, Mining::Every(Duration::from_secs(2)), &[]).await;
    let wallet = market.wallet("buyer").await;
    let payment = market.payment(&wallet, 1).await;
    let body = json!({});
    let copies = (0..12).map(|_| market.pay("/tools/ping", &body, &payment));
    let copies = futures::future::join_all(copies).await;
    let fresh: Vec<_> = copies.iter().filter(|answer| answer.header("idempotent-replayed").is_empty()).collect();
    assert_eq!(fresh.iter().filter(|answer| answer.status == 200).count(), 1, "{copies:?}");
    assert_eq!(market.faults.settlements(), 1);
    market.judge(&Told::by(fresh)).await;
}

/// Sends the same payment again while it is told to, as a buyer that reads what it is told.
async fn until_answered(market: &Market, payment: &str, what: &str) -> Answer {
    wait::until(&format!("the payment is answered: {what}"), async || {
        let answer = market.pay("/tools/ping", &json!({}), payment).await;
        match answer.status {
            200 => Some(answer),
            503 | 409 => {
                assert_eq!(answer.header("payment-required"), "", "{what}: {answer:?}");
                tokio::time::sleep(Duration::from_millis(300)).await;
                None
            }
            _ => panic!("{what}: {answer:?}"),
        }
    })
    .await
}
