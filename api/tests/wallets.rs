//! Paying with a wallet or a voucher: what is taken, what is refused and why, and what the payments workers are asked.

use aipaygen_bus::commands::{Authorization, Payer, Refusal, Settled};
use aipaygen_events::credit::VoucherCode;
use aipaygen_events::{AccountId, CreditId, Hex, MicroUsd, RequestId};
use aipaygen_testchain::Wallet;
use aipaygen_x402::SettleResponse;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::wallets::{decoded, now_s, offer, signed};
use crate::support::{Answer, House, Says};

const TRANSACTION: [u8; 32] = [7; 32];

fn settled(wallet: &Wallet) -> Settled {
    Settled {
        network: "eip155:8453".to_owned(),
        payer: Hex(wallet.address().0.0),
        transaction: Hex(TRANSACTION),
        amount: MicroUsd::new(20_000).unwrap(),
    }
}

fn charged(wallet: &Wallet) -> Says {
    let receipt = Some("head.claims.signature".to_owned());
    Says::Answer(Authorization::Charged { receipt, settled: Some(settled(wallet)), remainder: None })
}

async fn pay(house: &House, path: &str, header: &'static str, payment: &str) -> Answer {
    let request = house.request(Method::POST, path).header(header, payment).json(&json!({ "say": "hi" }));
    Answer::to(request).await
}

#[tokio::test]
async fn a_payment_of_either_version_pays_and_is_answered_in_its_own_header() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    house.payments.say(charged(&wallet));
    let offer = offer(&house.demand("/tools/echo").await);
    let (v1, v2) = (wallet.v1(&offer, &signed(&wallet, &offer, 1)), wallet.v2(&offer, &signed(&wallet, &offer, 2)));
    let cases = [
        ("x-payment", v1, "x-payment-response", "base"),
        ("payment-signature", v2, "payment-response", "eip155:8453"),
    ];
    for (header, payment, answered, network) in cases {
        let answer = pay(&house, "/tools/echo", header, &payment).await.expect(200);
        let response: SettleResponse = decoded(answer.header(answered));
        assert!(response.success);
        assert_eq!((response.network.as_str(), response.transaction), (network, Hex(TRANSACTION).to_string()));
        assert_eq!(answer.header("x-payment-receipt"), "head.claims.signature");
        assert_eq!(answer.header("cache-control"), "private, no-store");
    }
    let asked = house.payments.asked();
    let Payer::X402 { payment, request_hash } = &asked[0].payer else { panic!("{asked:?}") };
    assert_eq!((payment.payer, payment.value, payment.nonce), (wallet.address(), 20_000, wallet.nonce(1)));
    let Payer::X402 { request_hash: same, .. } = &asked[1].payer else { panic!("{asked:?}") };
    assert_eq!(request_hash, same, "one route and one body");
}

#[tokio::test]
async fn every_field_that_is_off_is_refused_by_its_name_and_asks_nobody() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    let offer = offer(&house.demand("/tools/echo").await);
    let good = signed(&wallet, &offer, 1);
    let off = [
        ("payload.authorization.value", aipaygen_x402::Authorization { value: good.value - 1, ..good }),
        ("payload.authorization.value", aipaygen_x402::Authorization { value: good.value + 1, ..good }),
        ("payload.authorization.to", aipaygen_x402::Authorization { to: wallet.address(), ..good }),
        ("payload.authorization.validAfter", aipaygen_x402::Authorization { valid_after: now_s() + 60, ..good }),
        ("payload.authorization.validBefore", aipaygen_x402::Authorization { valid_before: now_s(), ..good }),
        ("payload.authorization.validBefore", aipaygen_x402::Authorization { valid_before: now_s() + 3_600, ..good }),
        ("payload.signature", aipaygen_x402::Authorization { from: offer.terms.asset.address, ..good }),
    ];
    for (field, authorization) in off {
        let answer = pay(&house, "/tools/echo", "payment-signature", &wallet.v2(&offer, &authorization)).await;
        let problem = answer.is_problem(402, "payment-refused");
        assert_eq!(problem["field"], field, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(field), "{problem}");
        assert!(!answer.header("payment-required").is_empty(), "a fresh offer");
    }
    assert!(house.payments.asked().is_empty());
}

#[tokio::test]
async fn junk_in_a_payment_header_is_refused_with_the_reason_and_never_quoted() {
    let house = House::paid_by_wallets().await;
    let secret = "sesame-4711";
    for junk in [secret, "", "e30=", "bm8ganNvbg==", "eyJ4NDAyVmVyc2lvbiI6M30="] {
        for header in ["payment-signature", "x-payment"] {
            let answer = pay(&house, "/tools/echo", header, junk).await;
            let problem = answer.is_problem(402, "payment-refused");
            assert!(problem["reason"].is_string() && !answer.text().contains(secret), "{problem}");
            assert_eq!(answer.header("payment-response"), "");
        }
    }
    assert!(house.payments.asked().is_empty());
}

#[tokio::test]
async fn exactly_one_payment_is_taken() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    let offer = offer(&house.demand("/tools/echo").await);
    let one = wallet.v2(&offer, &signed(&wallet, &offer, 1));
    let two = |a: &'static str, b: &'static str| {
        house.request(Method::POST, "/tools/echo").header(a, one.as_str()).header(b, one.as_str())
    };
    for (a, b) in [("payment-signature", "x-payment"), ("x-payment", "x-payment")] {
        Answer::to(two(a, b).json(&json!({ "say": "hi" }))).await.is_problem(402, "payment-refused");
    }
    Answer::to(two("x-payment", "x-refund-credit")).await.is_problem(400, "invalid-header");
    assert!(house.payments.asked().is_empty());
}

#[tokio::test]
async fn a_payment_that_names_another_route_is_refused_there() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    let offer = offer(&house.demand("/tools/echo").await);
    let payment = wallet.v2(&offer, &signed(&wallet, &offer, 1));
    let problem = pay(&house, "/echo/run", "payment-signature", &payment).await.is_problem(402, "payment-refused");
    assert_eq!(problem["field"], "resource.url");
    assert!(house.payments.asked().is_empty());
}

#[tokio::test]
async fn a_payment_pays_though_a_key_is_shown_and_the_key_must_be_good() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    house.payments.say(charged(&wallet));
    let offer = offer(&house.demand("/tools/echo").await);
    let payment = wallet.v2(&offer, &signed(&wallet, &offer, 1));
    let request = house.authorized(Method::POST, "/tools/echo").header("payment-signature", &payment);
    Answer::to(request.json(&json!({ "say": "hi" }))).await.expect(200);
    assert!(matches!(house.payments.asked()[0].payer, Payer::X402 { .. }));
    let request = house.request(Method::POST, "/tools/echo").bearer_auth("apk_no").header("x-payment", &payment);
    Answer::to(request.json(&json!({ "say": "hi" }))).await.is_problem(401, "invalid-api-key");
}

#[tokio::test]
async fn each_refusal_is_answered_so_that_nobody_pays_twice() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    let offer = offer(&house.demand("/tools/echo").await);
    let payment = wallet.v2(&offer, &signed(&wallet, &offer, 1));
    let request = RequestId::from_uuid(Uuid::from_u128(1));
    let credit = CreditId::of_request(request);
    let code = VoucherCode::from_entropy(credit, &[3; 32]);
    let refused = async |refusal: Refusal| {
        house.payments.say(Says::Answer(Authorization::Refused(refusal)));
        pay(&house, "/tools/echo", "payment-signature", &payment).await
    };

    let answer = refused(Refusal::PaymentFailed { reason: "insufficient_funds".to_owned() }).await;
    assert_eq!(answer.is_problem(402, "payment-failed")["reason"], "insufficient_funds");
    let response: SettleResponse = decoded(answer.header("payment-response"));
    assert_eq!((response.success, response.error_reason.as_deref()), (false, Some("insufficient_funds")));
    assert!(!answer.header("payment-required").is_empty() && answer.header("cache-control") == "no-store");

    let answer = refused(Refusal::PaymentPending { transaction: Some(Hex(TRANSACTION)) }).await;
    answer.is_problem(503, "payment-pending");
    assert_eq!(answer.header("payment-required"), "", "no fresh offer: the buyer would pay twice");
    assert_eq!(answer.header("retry-after"), "2");
    let response: SettleResponse = decoded(answer.header("payment-response"));
    assert_eq!((response.success, response.transaction), (false, Hex(TRANSACTION).to_string()));

    let problem = refused(Refusal::PaymentUsed { request }).await.is_problem(409, "payment-used");
    assert_eq!(problem["of_request"], request.to_string());
    refused(Refusal::PaymentPublic).await.is_problem(402, "payment-refused");
    let voucher = Some(code.clone());
    let answer = refused(Refusal::PaymentRefunded { request, credit, voucher }).await;
    assert_eq!(answer.is_failure(409, "payment-refunded")["refund_credit"], code.expose());
    assert_eq!(answer.header("x-refund-credit"), code.expose());
}

#[tokio::test]
async fn silence_after_a_payment_is_pending_and_never_a_fresh_offer() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    let offer = offer(&house.demand("/tools/echo").await);
    house.payments.say(Says::Nothing);
    house.payments.leave_ends_open();
    let payment = wallet.v2(&offer, &signed(&wallet, &offer, 1));
    let answer = pay(&house, "/tools/echo", "payment-signature", &payment).await;
    answer.is_failure(503, "payment-pending");
    assert_eq!((answer.header("payment-required"), answer.header("retry-after")), ("", "2"));
}

#[tokio::test]
async fn a_buyers_own_id_for_its_payment_stands_for_an_idempotency_key() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    house.payments.say(charged(&wallet));
    let offer = offer(&house.demand("/tools/echo").await);
    let named = |number: u64, id: &str| {
        let mut envelope: Value = decoded(&wallet.v2(&offer, &signed(&wallet, &offer, number)));
        envelope["extensions"] = json!({ "payment-identifier": { "info": { "required": false, "id": id } } });
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, envelope.to_string())
    };
    for (number, id) in [(1, "pay_0123456789abcdef"), (2, "pay_0123456789abcdef"), (3, "pay_fedcba9876543210")] {
        pay(&house, "/tools/echo", "payment-signature", &named(number, id)).await.expect(200);
    }
    let keys: Vec<_> = house.payments.asked().iter().map(|asked| asked.idempotency.clone().unwrap().key).collect();
    assert!(keys[0] == keys[1] && keys[1] != keys[2], "{keys:?}");
    let answer = pay(&house, "/tools/echo", "payment-signature", &named(4, "short")).await;
    answer.is_problem(402, "payment-refused");
}

#[tokio::test]
async fn a_voucher_pays_and_says_what_is_left() {
    let house = House::open().await;
    let code = VoucherCode::from_entropy(CreditId::of_request(RequestId::from_uuid(Uuid::from_u128(1))), &[3; 32]);
    let (receipt, remainder) = (Some("head.claims.signature".to_owned()), MicroUsd::new(5_000).ok());
    house.payments.say(Says::Answer(Authorization::Charged { receipt, settled: None, remainder }));
    let answer = pay(&house, "/tools/echo", "x-refund-credit", code.expose()).await.expect(200);
    assert_eq!(answer.header("x-refund-credit-remaining"), "0.005");
    assert_eq!((answer.header("x-refund-credit"), answer.header("cache-control")), ("", "private, no-store"));
    let asked = house.payments.asked().pop().unwrap();
    assert!(matches!(asked.payer, Payer::Voucher { credit, .. } if credit == code.credit()), "{asked:?}");

    let remainder = MicroUsd::new(5_000).unwrap();
    let price = MicroUsd::new(20_000).unwrap();
    for (refusal, slug) in [
        (Refusal::VoucherUnknown, "voucher-refused"),
        (Refusal::VoucherExpired, "voucher-refused"),
        (Refusal::VoucherInsufficient { price, remainder }, "insufficient-funds"),
    ] {
        house.payments.say(Says::Answer(Authorization::Refused(refusal)));
        pay(&house, "/tools/echo", "x-refund-credit", code.expose()).await.is_problem(402, slug);
    }
    pay(&house, "/tools/echo", "x-refund-credit", "rc_mistyped").await.is_problem(402, "voucher-refused");
}

#[tokio::test]
async fn a_failure_after_a_payment_shows_the_code_of_its_voucher_once() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    house.payments.say(charged(&wallet));
    let offer = offer(&house.demand("/tools/absent").await);
    let payment = wallet.v2(&offer, &signed(&wallet, &offer, 1));
    let answer = pay(&house, "/tools/absent", "payment-signature", &payment).await;
    let problem = answer.is_failure(503, "unavailable");
    let code: VoucherCode = answer.header("x-refund-credit").parse().unwrap();
    assert_eq!((&problem["refund_credit"], &problem["charged"]), (&code.expose().into(), &20_000.into()));
    let owner = AccountId::of_payer(8453, Hex(wallet.address().0.0));
    assert_ne!(owner, house.account);
}
