//! The order of a paid request's steps, and what each answer says of money.

use aipaygen_bus::commands::{Authorization, EndHow, Payer, Refusal};
use aipaygen_events::account::{Pricing, Tokens};
use aipaygen_events::{MicroUsd, Purse};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, House, Says, until};

#[tokio::test]
async fn a_paid_call_is_answered_with_the_workers_bytes_and_a_receipt() {
    let house = House::open().await;
    let body = r#"{ "say":  "spaces  and order stay" }"#;
    let request = house.authorized(Method::POST, "/echo/run").body(body);
    let answer = Answer::to(request).await.expect(200);
    assert_eq!(answer.text(), body);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("x-payment-receipt"), "head.claims.signature");
    assert_eq!(answer.header("x-price-usdc"), "0.02");
    assert_eq!((answer.header("x-refund-credit"), answer.header("idempotent-replayed")), ("", ""));
    assert_eq!(answer.header("cache-control"), "private, no-store");

    let asked = house.payments.asked().pop().unwrap();
    assert_eq!(asked.payer, Payer::Prepaid { account: house.account, key: house.key.id() });
    assert_eq!((asked.endpoint.as_str(), asked.pricing), ("POST /echo/run", Pricing::Flat));
    assert_eq!((asked.amount.micro_usd(), asked.idempotency), (20_000, None));
    assert!(asked.timeout_ms > 2_000);
    assert_eq!(asked.request.to_string(), answer.header("x-request-id"));

    until("the charge is completed", || !house.payments.queued().is_empty()).await;
    let end = house.payments.queued().pop().unwrap();
    assert_eq!((end.request, end.purse, end.status), (asked.request, Purse::Account(house.account), 200));
    let EndHow::Complete { price: None, tokens, .. } = end.how else { panic!("{end:?}") };
    assert_eq!(tokens, Tokens { input: 3, output: 4 });
    assert!(house.payments.ended().is_empty(), "nobody waits for it");
}

#[tokio::test]
async fn without_a_payment_the_price_is_told_before_the_body_is_looked_at() {
    let house = House::open().await;
    let answer = Answer::to(house.request(Method::POST, "/tools/echo").body("{ no json")).await;
    let problem = answer.is_problem(402, "payment-required");
    assert_eq!(answer.header("x-payment-required"), "true");
    assert_eq!(answer.header("x-price-usdc"), "0.02");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!answer.header("link").is_empty());
    assert_eq!((&problem["price_usd"], &problem["price_micro_usd"]), (&"0.02".into(), &20_000.into()));
    assert_eq!((&problem["x402Version"], &problem["accepts"]), (&1.into(), &json!([])));
    let agent = Answer::to(house.request(Method::GET, "/.well-known/agent.json")).await.json();
    assert_eq!(problem["security"], agent["security"]);
    assert_eq!(agent["security"]["data_handling"]["request_logging"], "metadata_only");
    assert!(house.payments.asked().is_empty());
}

#[tokio::test]
async fn a_tender_that_is_not_taken_is_refused_with_the_reason() {
    let house = House::open().await;
    let cases = [
        ("payment-signature", "payment-required", "x402 payments are not taken here"),
        ("x-payment", "payment-required", "x402 payments are not taken here"),
        ("x-refund-credit", "voucher-refused", "not one of ours"),
    ];
    for (header, slug, words) in cases {
        let request = house.request(Method::POST, "/tools/echo").header(header, "eyJ4IjoxfQ==");
        let problem = Answer::to(request).await.is_problem(402, slug);
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
}

#[tokio::test]
async fn too_little_money_is_a_402_that_says_how_much_there_is() {
    let house = House::open().await;
    let (price, available) = (MicroUsd::new(20_000).unwrap(), MicroUsd::new(19_999).unwrap());
    house.payments.say(Says::Answer(Authorization::Refused(Refusal::InsufficientFunds { price, available })));
    let answer = house.call("/tools/echo", "hi").await;
    let problem = answer.is_problem(402, "insufficient-funds");
    assert_eq!(problem["available_usd"], "0.019999");
    assert!(problem["security"].is_object());
    assert_eq!(answer.header("x-price-usdc"), "0.02");
}

#[tokio::test]
async fn a_body_that_the_tool_does_not_take_is_refused_uncharged_by_its_field_and_never_quoted() {
    let house = House::open().await;
    let secret = "sesame-4711";
    let shapes = [
        (json!({ "say": secret, secret: 1 }), ""),
        (json!({ "say": [secret] }), "/say"),
        (json!({}), "/say"),
        (json!([secret]), ""),
        (json!(secret), ""),
    ];
    for (body, field) in shapes {
        let answer = house.post("/tools/echo", &body).await;
        let problem = answer.is_problem(422, "invalid-body");
        let fields: Vec<_> = problem["violations"].as_array().unwrap().iter().map(|v| v["field"].clone()).collect();
        assert!(fields.contains(&Value::from(field)), "{problem}");
        assert!(!answer.text().contains(secret), "{answer:?}");
    }
    let broken = format!("{{\"say\": \"{secret}\"\n");
    let answer = Answer::to(house.authorized(Method::POST, "/tools/echo").body(broken)).await;
    assert_eq!(answer.is_problem(400, "not-json")["line"], 2);
    assert!(!answer.text().contains(secret));
    assert!(house.payments.asked().is_empty());
}

#[tokio::test]
async fn a_body_beyond_its_bounds_is_refused_uncharged() {
    let house = House::with(|settings| settings.body_bytes_max = 1_000).await;
    house.call("/tools/echo", &"a".repeat(2_000)).await.is_problem(413, "body-too-large");
    // Far more than fits the buffers on the way: the answer arrives all the same.
    house.call("/tools/echo", &"a".repeat(16 << 20)).await.is_problem(413, "body-too-large");
    let unannounced = futures::stream::iter((0..64).map(|_| Ok::<_, std::io::Error>(vec![b' '; 4_096])));
    let streamed = house.authorized(Method::POST, "/tools/echo").body(reqwest::Body::wrap_stream(unannounced));
    Answer::to(streamed).await.is_problem(413, "body-too-large");
    let packed = house.authorized(Method::POST, "/tools/echo").header("content-encoding", "gzip").body("x");
    Answer::to(packed).await.is_problem(415, "unsupported-encoding");
    let metered = house.authorized(Method::POST, "/tools/echo").header("x-pricing", "metered");
    Answer::to(metered.json(&json!({ "say": "x" }))).await.is_problem(400, "invalid-header");
    assert!(house.payments.asked().is_empty());
}

#[tokio::test]
async fn a_refusal_of_the_check_is_uncharged_and_in_the_workers_words() {
    let house = House::open().await;
    let problem = house.call("/tools/checked", "no").await.is_problem(422, "code-rejected");
    assert_eq!((&problem["detail"], &problem["findings"][0]["line"]), (&"Line 1 is refused.".into(), &1.into()));
    house.call("/tools/checked", "broken").await.is_problem(502, "tool-failed");
    assert!(house.payments.asked().is_empty());
    house.call("/tools/checked", "yes").await.expect(200);
}

#[tokio::test]
async fn a_refusal_after_the_charge_gives_the_money_back_and_costs_nothing() {
    let house = House::open().await;
    house.call("/tools/echo", "reject").await.is_problem(422, "code-rejected");
    let end = house.payments.ended().pop().unwrap();
    assert_eq!((end.status, end.request), (422, house.payments.asked()[0].request));
}
