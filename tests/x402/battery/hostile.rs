//! Payments that are not quite payments, and payments that others have touched.

use aipaygen_testchain::Wallet;
use aipaygen_x402::Authorization;
use serde_json::{Value, json};

use crate::support::http::Answer;
use crate::x402::judge::Told;
use crate::x402::market::{Market, Settler, decoded, encoded, now_s};

#[tokio::test]
async fn every_field_off_by_one_moves_no_money_and_leaves_no_trace() {
    let market = Market::open(Settler::Ourselves).await;
    let wallet = market.wallet("buyer").await;
    let offer = market.offer("/tools/ping", &json!({})).await;
    let good = wallet.authorization(&offer, now_s(), 1);
    let envelope: Value = decoded(&wallet.v2(&offer, &good));
    let mut shown = Vec::new();
    for pointer in [
        "/x402Version",
        "/resource/url",
        "/accepted/scheme",
        "/accepted/network",
        "/accepted/asset",
        "/accepted/amount",
        "/accepted/payTo",
        "/payload/signature",
        "/payload/authorization/from",
        "/payload/authorization/to",
        "/payload/authorization/value",
        "/payload/authorization/validAfter",
        "/payload/authorization/validBefore",
        "/payload/authorization/nonce",
    ] {
        let mut off = envelope.clone();
        let value = off.pointer_mut(pointer).unwrap();
        *value = off_by_one(value);
        shown.push((pointer, encoded(&off)));
    }
    let head = market.head();
    for (pointer, payment) in shown {
        let answer = market.pay("/tools/ping", &json!({}), &payment).await;
        assert_eq!(answer.status, 402, "{pointer}: {answer:?}");
        answer.is_an_unpaid_problem();
    }
    assert!(market.transfers().await.is_empty());
    assert_eq!(market.head(), head, "a stranger has caused a write");
    let answer = market.pay("/tools/ping", &json!({}), &encoded(&envelope)).await.expect(200);
    market.judge(&Told::by([&answer])).await;
}

#[tokio::test]
async fn expired_early_and_endless_payments_are_refused() {
    let market = Market::open(Settler::Ourselves).await;
    let wallet = market.wallet("buyer").await;
    let offer = market.offer("/tools/ping", &json!({})).await;
    let good = wallet.authorization(&offer, now_s(), 1);
    let windows = [
        Authorization { valid_before: now_s() - 1, ..good },
        Authorization { valid_before: now_s() + 5, ..good },
        Authorization { valid_after: now_s() + 30, ..good },
        Authorization { valid_before: u64::MAX, ..good },
    ];
    for authorization in windows {
        let answer = market.pay("/tools/ping", &json!({}), &wallet.v2(&offer, &authorization)).await.expect(402);
        answer.is_an_unpaid_problem();
    }
    assert!(market.transfers().await.is_empty());
}

#[tokio::test]
async fn a_cancelled_payment_moves_nothing_and_says_so() {
    let market = Market::open(Settler::Ourselves).await;
    let wallet = market.wallet("buyer").await;
    let offer = market.offer("/tools/ping", &json!({})).await;
    let nonce = wallet.nonce(1);
    market.chain.cancel(wallet.address(), nonce, wallet.sign_cancellation(nonce, &offer.terms)).await;
    let payment = wallet.v2(&offer, &wallet.authorization(&offer, now_s(), 1));
    let answer = market.pay("/tools/ping", &json!({}), &payment).await.expect(402);
    answer.is_an_unpaid_problem();
    market.judge(&Told::default()).await;
}

#[tokio::test]
async fn a_payment_in_another_spelling_is_the_same_payment() {
    let market = Market::open(Settler::Ourselves).await;
    let wallet = market.wallet("buyer").await;
    let offer = market.offer("/tools/ping", &json!({})).await;
    let good = wallet.authorization(&offer, now_s(), 1);
    let envelope: Value = decoded(&wallet.v2(&offer, &good));
    let first = market.pay("/tools/ping", &json!({}), &encoded(&envelope)).await.expect(200);
    let mut answers: Vec<Answer> = Vec::new();
    // Upper-case hex, a recovery id of 0 or 1, the other version, the same nonce signed anew for another second.
    let mut upper = envelope.clone();
    for pointer in ["/payload/authorization/from", "/payload/authorization/nonce"] {
        let value = upper.pointer_mut(pointer).unwrap();
        *value = format!("0x{}", value.as_str().unwrap()[2..].to_uppercase()).into();
    }
    let mut low = envelope.clone();
    let signature = low["payload"]["signature"].as_str().unwrap().to_owned();
    let recovery = u8::from_str_radix(&signature[signature.len() - 2..], 16).unwrap() - 27;
    low["payload"]["signature"] = format!("{}{recovery:02x}", &signature[..signature.len() - 2]).into();
    let anew = Authorization { valid_before: good.valid_before - 1, ..good };
    for payment in [encoded(&upper), encoded(&low), wallet.v1(&offer, &good), wallet.v2(&offer, &anew)] {
        answers.push(market.pay("/tools/ping", &json!({}), &payment).await);
    }
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 409)), "{answers:?}");
    let again = answers.iter().filter(|answer| answer.status == 200);
    assert!(again.clone().all(|answer| answer.header("idempotent-replayed") == "true"), "{answers:?}");
    assert!(again.count() <= 1, "the work runs once more, once: {answers:?}");
    // The twin of a signature, with a high s, is refused before anybody is asked.
    let mut twin = envelope.clone();
    twin["payload"]["signature"] = Wallet::twin(&signature).into();
    market.pay("/tools/ping", &json!({}), &encoded(&twin)).await.expect(402);
    market.judge(&Told::by([&first])).await;
}

#[tokio::test]
async fn a_contract_wallet_pays_where_it_is_taken_and_a_false_signature_of_it_does_not() {
    let settings = [("X402__CONTRACT_WALLETS", "true")];
    let market = Market::with(Settler::Ourselves, aipaygen_testchain::Mining::AtOnce, &settings).await;
    let owner = Wallet::named("owner");
    let contract = market.chain.deploy_wallet(owner.address()).await;
    market.chain.mint(contract, 1_000_000).await;
    let offer = market.offer("/tools/ping", &json!({})).await;
    let head = market.head();
    let thief = Wallet::named("thief").acting_for(contract);
    let stolen = thief.v2(&offer, &thief.authorization(&offer, now_s(), 1));
    market.pay("/tools/ping", &json!({}), &stolen).await.expect(402);
    assert_eq!(market.head(), head, "a stranger has caused a write");

    let wallet = owner.acting_for(contract);
    let payment = wallet.v2(&offer, &wallet.authorization(&offer, now_s(), 1));
    let answer = market.pay("/tools/ping", &json!({}), &payment).await.expect(200);
    market.judge(&Told::by([&answer])).await;
}

/// One more, one less, or one character else.
fn off_by_one(value: &Value) -> Value {
    match value {
        Value::Number(number) => (number.as_u64().unwrap() + 2).into(),
        Value::String(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            (text.parse::<u64>().unwrap() + 1).to_string().into()
        }
        Value::String(text) => {
            let (rest, last) = text.split_at(text.len() - 1);
            let other = if last == "1" { "2" } else { "1" };
            format!("{rest}{other}").into()
        }
        other @ (Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => panic!("{other}"),
    }
}
