//! Processes that are killed in every state of a payment: what has moved is answered for, or becomes a voucher.

use std::time::Duration;

use aipaygen_testchain::Mining;
use serde_json::json;

use crate::support::http::{Answer, Client};
use crate::support::wait;
use crate::x402::faults::Fault;
use crate::x402::judge::Told;
use crate::x402::market::{Market, Settler, pay};

/// Killed while a settlement is on its way to the chain, with nobody to hear its answer.
#[tokio::test]
async fn a_process_that_is_killed_while_it_settles_loses_no_money_for_anybody() {
    let mut market = Market::open(Settler::Npm).await;
    for name in market.app.names().into_iter().filter(|name| ["serve", "api", "payments"].contains(&name.as_str())) {
        let wallet = market.wallet(&name).await;
        let payment = market.payment(&wallet, 1).await;
        // The answer of the facilitator never comes: the payment stays claimed.
        market.faults.set(Fault::Late);
        let (before, client) = (market.transfers().await.len(), market.stranger());
        let (shown, first) = (payment.clone(), market.faults.settlements());
        let call = tokio::spawn(async move { try_pay(&client, &shown).await });
        wait::until("the facilitator is asked", async || (market.faults.settlements() > first).then_some(())).await;
        market.transferred(before + 1).await;
        market.app.role(&name).kill();
        market.faults.set(Fault::None);
        market.app.start_role(&name).await;
        let _ = call.await.unwrap();
        let answer = until_told(&market, &payment, &name).await;
        assert_eq!(market.transfers().await.len(), before + 1, "{name}");
        assert!(answer.status == 200 || answer.header("x-refund-credit").starts_with("rc_"), "{name}: {answer:?}");
    }
}

/// Killed between the charge and the answer: the payment is settled and its request is at work.
#[tokio::test]
async fn a_process_that_is_killed_at_work_leaves_a_voucher_or_an_answer() {
    let mut market = Market::open(Settler::Ourselves).await;
    let busy = json!({ "code": "while True: pass", "timeout_s": 2 });
    for name in market.app.names().into_iter().filter(|name| !name.starts_with("projector") && name != "ping") {
        let wallet = market.wallet(&name).await;
        let offer = market.offer("/code/run", &busy).await;
        let payment = wallet.v2(&offer, &wallet.authorization(&offer, crate::x402::market::now_s(), 1));
        let (before, client) = (market.transfers().await.len(), market.stranger());
        let (shown, body) = (payment.clone(), busy.clone());
        let call = tokio::spawn(async move {
            let request = client.request(reqwest::Method::POST, "/code/run").header("payment-signature", shown);
            client.try_send(request.json(&body)).await
        });
        wait::until("the call is charged", async || (market.app.books().unearned > 0).then_some(())).await;
        market.app.role(&name).kill();
        market.app.start_role(&name).await;
        let first = call.await.unwrap();
        let told = match first {
            Ok(answer) if answer.status == 200 || answer.header("x-refund-credit").starts_with("rc_") => answer,
            _ => {
                wait::within(Duration::from_secs(90), &format!("the payment is answered for: {name}"), async || {
                    let answer = pay(&market.stranger(), "/code/run", &busy, &payment).await;
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    (answer.status == 200 || answer.header("x-refund-credit").starts_with("rc_")).then_some(answer)
                })
                .await
            }
        };
        assert_eq!(market.transfers().await.len(), before + 1, "{name}: {told:?}");
    }
    market.app.settled().await;
}

#[tokio::test]
async fn a_facilitator_that_is_killed_is_no_reason_to_pay_twice() {
    let settings = [("X402__FACILITATOR_TIMEOUT_MS", "1500"), ("X402__SETTLE_TIMEOUT_MS", "2500")];
    let mut market = Market::with(Settler::Npm, Mining::Every(Duration::from_secs(2)), &settings).await;
    let wallet = market.wallet("buyer").await;
    let payment = market.payment(&wallet, 1).await;
    let client = market.stranger();
    let shown = payment.clone();
    let call = tokio::spawn(async move { try_pay(&client, &shown).await });
    // Its transaction is in the pool, and will be mined without it.
    wait::until("the transaction is sent", async || (!market.chain.waiting().await.is_empty()).then_some(())).await;
    market.facilitator().kill();
    let first = call.await.unwrap().unwrap();
    assert!(matches!(first.status, 200 | 503), "{first:?}");
    assert_eq!(first.header("payment-required"), "");
    let answer = until_told(&market, &payment, "the facilitator").await;
    market.judge(&Told::by([if first.status == 200 { &first } else { &answer }])).await;
}

async fn try_pay(client: &Client, payment: &str) -> reqwest::Result<Answer> {
    let request = client.request(reqwest::Method::POST, "/tools/ping").header("payment-signature", payment);
    client.try_send(request.json(&json!({}))).await
}

/// Shows the same payment until it is answered, or told to be a voucher.
async fn until_told(market: &Market, payment: &str, what: &str) -> Answer {
    wait::within(Duration::from_secs(60), &format!("the payment is answered for: {what}"), async || {
        let answer = try_pay(&market.stranger(), payment).await.ok()?;
        assert_ne!(answer.status, 402, "{what}: {answer:?}");
        tokio::time::sleep(Duration::from_millis(300)).await;
        (answer.status == 200 || answer.header("x-refund-credit").starts_with("rc_")).then_some(answer)
    })
    .await
}
