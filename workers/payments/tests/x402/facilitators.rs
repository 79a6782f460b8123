//! Facilitators that lose, delay, garble and lie. Whatever they say, the chain decides.

use std::time::Duration;

use aipaygen_payments::{Settlement, Settles, Truth};
use aipaygen_testchain::{Mining, Wallet};
use aipaygen_x402::B256;
use serde_json::json;

use crate::support::{Answer, House, Script, now};

/// What becomes of a payment that the facilitator has submitted, or has not, before it gives its answers.
async fn outcome(submits: bool, answers: impl IntoIterator<Item = Answer>) -> (Settlement, Script) {
    let house = House::open(Mining::AtOnce).await;
    let script = Script::of(answers).await;
    let changed = [("settle_timeout_ms", 1_500.into()), ("facilitator_timeout_ms", 600.into())];
    let settlements = house.by(&script, &changed).await;
    let payment = house.payment(1).await;
    let settled = async {
        if submits {
            while script.heard().is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            house.chain.submit(&payment).await;
        }
    };
    let (outcome, ()) = futures::join!(settlements.settle(&payment, now()), settled);
    assert_eq!(house.paid().await, usize::from(submits));
    (outcome, script)
}

fn answers() -> [(&'static str, Answer); 8] {
    let pending = json!({ "success": false, "errorReason": "settlement_pending", "transaction": hash(7) });
    [
        ("lost", Answer::Nothing),
        ("late", Answer::Late(Duration::from_secs(5), Box::new(Answer::success(&hash(7))))),
        ("broken", Answer::Says(500, "oops".to_owned())),
        (
            "broken with a reason",
            Answer::json(502, &json!({ "success": false, "errorReason": "insufficient_funds" })),
        ),
        ("garbled", Answer::Says(200, "<html>".to_owned())),
        ("pending", Answer::json(200, &pending)),
        ("unheard of", Answer::refused("brand_new_reason")),
        ("lying", Answer::success(&hash(7))),
    ]
}

fn hash(byte: u8) -> String {
    B256::repeat_byte(byte).to_string()
}

#[tokio::test]
async fn what_was_submitted_is_settled_whatever_is_answered() {
    for (name, answer) in answers() {
        let (outcome, script) = outcome(true, [answer]).await;
        assert!(matches!(outcome, Settlement::Settled(_)), "{name}: {outcome:?}");
        assert_eq!(script.heard().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn what_was_not_submitted_is_unknown_whatever_is_answered() {
    for (name, answer) in answers() {
        let (outcome, _) = outcome(false, [answer]).await;
        assert!(matches!(outcome, Settlement::Unknown { .. }), "{name}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_pending_settlement_names_its_transaction() {
    let pending = json!({ "success": false, "errorReason": "settlement_pending", "transaction": hash(7) });
    let (outcome, _) = outcome(false, [Answer::json(200, &pending)]).await;
    let transaction = Some(B256::repeat_byte(7));
    assert_eq!(outcome, Settlement::Unknown { reason: "settlement_pending".to_owned(), transaction });
}

#[tokio::test]
async fn a_success_in_somebody_elses_transaction_is_none() {
    let house = House::open(Mining::AtOnce).await;
    let other = house.payment(2).await;
    let transaction = house.chain.submit(&other).await;
    let script = Script::of([Answer::success(&transaction.to_string())]).await;
    let settlements = house.by(&script, &[("settle_timeout_ms", 1_000.into())]).await;
    let outcome = settlements.settle(&house.payment(1).await, now()).await;
    assert!(matches!(outcome, Settlement::Unknown { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_refusal_counts_where_the_token_would_refuse_too() {
    let house = House::open(Mining::AtOnce).await;
    let script = Script::of([Answer::refused("insufficient_funds")]).await;
    let settlements = house.by(&script, &[]).await;
    let poor = house.payment_of(&Wallet::named("poor"), 1).await;
    let failed = Settlement::Failed { reason: "insufficient_funds".to_owned() };
    assert_eq!(settlements.settle(&poor, now()).await, failed);

    let rich = house.payment(1).await;
    let unknown = Settlement::Unknown { reason: "insufficient_funds".to_owned(), transaction: None };
    assert_eq!(settlements.settle(&rich, now()).await, unknown);
}

#[tokio::test]
async fn what_can_be_asked_for_again_is() {
    let busy = [Answer::Says(429, String::new()), Answer::refused("rate_limited"), Answer::Says(401, String::new())];
    let (outcome, script) = outcome(false, busy.into_iter().chain([Answer::Nothing])).await;
    assert!(matches!(outcome, Settlement::Unknown { .. }));
    let heard = script.heard();
    assert!(heard.len() >= 2, "asked {} times", heard.len());
    let keys: Vec<_> = heard.iter().filter_map(|one| one.head.split("x-idempotency-key: ").nth(1)).collect();
    assert!(keys.iter().all(|key| key.lines().next() == keys[0].lines().next()), "the same payment, the same key");
    assert_eq!(&keys[0][14..15], "4", "a UUID of version 4");
}

#[tokio::test]
async fn a_facilitator_that_is_away_has_seen_nothing() {
    let house = House::open(Mining::AtOnce).await;
    let changed = [("settle", "facilitator".into()), ("facilitator_url", "http://127.0.0.1:9".into())];
    let changed = [&changed[..], &[("settle_timeout_ms", 700.into())]].concat();
    let settlements = house.ourselves(&changed).await;
    let outcome = settlements.settle(&house.payment(1).await, now()).await;
    assert_eq!(outcome, Settlement::Unknown { reason: "facilitator_unreachable".to_owned(), transaction: None });
}

#[tokio::test]
async fn a_facilitator_of_the_first_version_is_spoken_to_in_it() {
    let house = House::open(Mining::AtOnce).await;
    let kinds = json!([{ "x402Version": 1, "scheme": "exact", "network": "base-sepolia" }]);
    let script = Script::supporting(kinds, [Answer::Nothing]).await;
    let settlements = house.by(&script, &[("settle_timeout_ms", 500.into())]).await;
    settlements.settle(&house.payment(1).await, now()).await;
    let body = &script.heard()[0].body;
    assert_eq!((&body["x402Version"], &body["paymentPayload"]["network"]), (&json!(1), &json!("base-sepolia")));
}

#[tokio::test]
async fn coinbase_is_shown_a_token_for_the_path() {
    let house = House::open(Mining::AtOnce).await;
    let script = Script::of([Answer::Nothing]).await;
    let secret = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    let changed =
        [("cdp_key_id", "key".into()), ("cdp_key_secret", secret.into()), ("settle_timeout_ms", 500.into())];
    house.by(&script, &changed).await.settle(&house.payment(1).await, now()).await;
    assert!(script.heard()[0].head.contains("authorization: bearer eyj"));
}

#[tokio::test]
async fn unknown_becomes_failed_only_when_the_chain_is_past_it() {
    let house = House::open(Mining::AtOnce).await;
    let script = Script::of([Answer::Nothing]).await;
    let settlements = house.by(&script, &[("settle_timeout_ms", 500.into())]).await;
    let payment = house.payment(1).await;
    assert!(matches!(settlements.settle(&payment, now()).await, Settlement::Unknown { .. }));
    assert_eq!(settlements.lookup(&payment, now()).await, Truth::Open);
    house.chain.pass(121).await;
    assert_eq!(settlements.lookup(&payment, now()).await, Truth::Open, "the last block is not final");
    house.chain.mine(5).await;
    assert_eq!(settlements.lookup(&payment, now()).await, Truth::Failed { reason: "expired_unsettled".to_owned() });
}
