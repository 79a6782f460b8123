//! Keys, and what their owners see of their accounts.

use std::time::Duration;

use aipaygen_bus::commands::{KEY_REVOKED, KeyRevokedNotice, encode};
use aipaygen_events::account::{
    AccountEvent, CreditApplied, KeyRevoked, Pricing, RefundReason, RequestCharged, RequestCompleted,
    RequestRefunded, Tender, Tokens,
};
use aipaygen_events::{AccountId, CreditId, MicroUsd, RequestId, Timestamp};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::support::house::key;
use crate::support::payments::price;
use crate::support::records::now;
use crate::support::{Answer, House};

async fn with_key(house: &House, text: &str) -> Answer {
    Answer::to(house.request(Method::GET, "/auth/balance").header("x-api-key", text)).await
}

#[tokio::test]
async fn unknown_malformed_expired_and_revoked_keys_are_the_same_401() {
    let house = House::open().await;
    let (expired, revoked) = (key(2), key(3));
    house.records.account(&expired, Some(Timestamp::from_micros(now().micros() - 1))).await;
    let account = house.records.account(&revoked, None).await;
    let stop = AccountEvent::KeyRevoked(KeyRevoked { account, key: revoked.id() });
    house.records.append(account, vec![stop]).await;
    let (unknown, mut forged) = (key(4), house.key.expose().to_owned());
    forged.replace_range(30..31, if &forged[30..31] == "0" { "1" } else { "0" });
    let wrong = [unknown.expose(), expired.expose(), revoked.expose(), forged.as_str(), "apk_", "", "sk-something"];
    for text in wrong {
        let answer = with_key(&house, text).await;
        let problem = answer.is_problem(401, "invalid-api-key");
        assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="aipaygen", error="invalid_token""#);
        assert!(text.len() < 10 || !problem.to_string().contains(text));
    }
    let none = Answer::to(house.request(Method::GET, "/auth/balance")).await;
    none.is_problem(401, "invalid-api-key");
    assert_eq!(none.header("www-authenticate"), r#"Bearer realm="aipaygen""#);
    with_key(&house, house.key.expose()).await.expect(200);
}

#[tokio::test]
async fn a_revocation_is_effective_at_once_and_stays_so_while_the_read_models_are_behind() {
    let house = House::open().await;
    house.get("/auth/balance").await.expect(200);
    let notice = encode(&KeyRevokedNotice { key: house.key.id() });
    house.bus.broadcast(KEY_REVOKED, notice).await.unwrap();
    let mut answer = house.get("/auth/balance").await;
    for _ in 0..50 {
        if answer.status == 401 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        answer = house.get("/auth/balance").await;
    }
    answer.is_problem(401, "invalid-api-key");
    tokio::time::sleep(Duration::from_millis(800)).await;
    house.call("/tools/echo", "hi").await.is_problem(401, "invalid-api-key");
}

#[tokio::test]
async fn a_key_is_made_shown_once_and_stopped() {
    let house = House::open().await;
    let path = "/auth/keys";
    let made =
        house.post(path, &json!({ "label": "second", "expires_at": "2999-01-01T00:00:00Z" })).await.expect(201);
    assert_eq!(made.json()["api_key"].as_str().unwrap(), key(7).expose());
    let asked = house.payments.issued().pop().unwrap();
    assert_eq!((asked.account, asked.label.as_str()), (house.account, "second"));
    assert_eq!(asked.expires_at, Some(Timestamp::from_micros(32_472_144_000_000_000)));
    let listed = house.get(path).await.expect(200);
    assert_eq!(listed.json()["keys"][0]["this_one"], true);
    assert!(!listed.text().contains(house.key.expose()) && !listed.text().contains("hash"));
    let stop = house.authorized(Method::DELETE, &format!("/auth/keys/{}", house.key.id()));
    Answer::to(stop).await.expect(204);
    house.get(path).await.is_problem(401, "invalid-api-key");
}

#[tokio::test]
async fn a_wish_for_a_key_is_held_to_its_shape() {
    let house = House::open().await;
    for (body, field) in [
        (json!({ "label": 1 }), "/label"),
        (json!({ "label": "x".repeat(101) }), "/label"),
        (json!({ "expires_at": "2001-01-01T00:00:00Z" }), "/expires_at"),
        (json!({ "colour": "sesame" }), ""),
        (json!([]), ""),
    ] {
        let answer = house.post("/auth/keys", &body).await;
        assert_eq!(answer.is_problem(422, "invalid-body")["violations"][0]["field"], field);
        assert!(!answer.text().contains("sesame"));
    }
    let unknown = house.authorized(Method::DELETE, "/auth/keys/..%2f").send().await.unwrap();
    assert_eq!(unknown.status(), 404);
    assert!(house.payments.issued().is_empty());
}

#[tokio::test]
async fn a_balance_is_told_exactly() {
    let house = House::open().await;
    let (request, events) = completed(&house);
    house.records.append(house.account, events[..1].to_vec()).await;
    let balance = house.get("/auth/balance").await.expect(200).json();
    assert_eq!((&balance["balance_micro_usd"], &balance["balance_usd"]), (&4_980_000.into(), &"4.98".into()));
    assert_eq!(
        (&balance["held_micro_usd"], &balance["account"]),
        (&20_000.into(), &house.account.to_string().into())
    );
    let open = house.get(&format!("/requests/{request}")).await.expect(200).json();
    assert_eq!((&open["status"], &open["receipt"]), (&"open".into(), &serde_json::Value::Null));
}

#[tokio::test]
async fn a_request_is_shown_to_its_owner_and_to_nobody_else() {
    let house = House::open().await;
    let (request, events) = completed(&house);
    house.records.append(house.account, events).await;
    let path = format!("/requests/{request}");
    let told = house.get(&path).await.expect(200).json();
    assert_eq!(
        (&told["status"], &told["price"], &told["http_status"]),
        (&"completed".into(), &20_000.into(), &200.into())
    );
    assert_eq!((&told["endpoint"], &told["receipt"]), (&"POST /tools/echo".into(), &"again".into()));
    assert_eq!(told["tokens"], json!({ "input": 3, "output": 4 }));

    let stranger = key(5);
    house.records.account(&stranger, None).await;
    let denied = Answer::to(house.request(Method::GET, &path).bearer_auth(stranger.expose())).await;
    let unknown = house.get("/requests/req_0190a5b8c0de7abc8123456789abcdef").await;
    let nonsense = house.get("/requests/mine").await;
    for answer in [denied, unknown, nonsense] {
        answer.is_problem(404, "not-found");
    }
    let usage = house.get("/usage").await.expect(200).json();
    assert_eq!((&usage["usage"][0]["calls"], &usage["usage"][0]["spent_usd"]), (&1.into(), &"0.02".into()));
}

#[tokio::test]
async fn a_refund_is_told_with_its_credit() {
    let house = House::open().await;
    let (request, mut events) = completed(&house);
    events.truncate(1);
    events.extend(refunded(house.account, &house, request));
    house.records.append(house.account, events).await;
    let told = house.get(&format!("/requests/{request}")).await.expect(200).json();
    assert_eq!((&told["status"], &told["refund_reason"]), (&"refunded".into(), &"tool_failed".into()));
    assert_eq!(told["refund_credit"], CreditId::of_request(request).to_string());
    assert_eq!(house.get("/auth/balance").await.json()["balance_usd"], "5.00");
}

#[tokio::test]
async fn days_are_asked_for_by_their_names() {
    let house = House::open().await;
    for query in ["from=yesterday", "to=2026-13-01", "from=2026-02-01&to=2026-01-01", "from=2020-01-01&to=2026-01-01"]
    {
        house.get(&format!("/usage?{query}")).await.is_problem(400, "invalid-query");
    }
    let one = house.get("/usage?from=2026-01-31&to=2026-01-31").await.expect(200).json();
    assert_eq!((&one["from"], &one["usage"]), (&"2026-01-31".into(), &json!([])));
}

/// A request of two cents that was charged and answered.
fn completed(house: &House) -> (RequestId, Vec<AccountEvent>) {
    let (account, key, request) = (house.account, Some(house.key.id()), RequestId::from_uuid(Uuid::now_v7()));
    let (endpoint, amount) = ("POST /tools/echo".to_owned(), price());
    let charged = RequestCharged {
        account,
        key,
        request,
        endpoint: endpoint.clone(),
        amount,
        pricing: Pricing::Flat,
        tender: Tender::Prepaid,
        deadline: now().plus_ms(60_000),
        payment: None,
        voucher: None,
    };
    let completed = RequestCompleted {
        account,
        key,
        request,
        endpoint,
        status: 200,
        charged: amount,
        price: amount,
        released: MicroUsd::ZERO,
        tokens: Tokens { input: 3, output: 4 },
        duration_ms: 12,
        payment: None,
        voucher: None,
    };
    (request, vec![AccountEvent::Charged(charged), AccountEvent::Completed(completed)])
}

fn refunded(account: AccountId, house: &House, request: RequestId) -> [AccountEvent; 2] {
    let (credit, amount) = (CreditId::of_request(request), price());
    let refunded = RequestRefunded {
        account,
        key: Some(house.key.id()),
        request,
        endpoint: "POST /tools/echo".to_owned(),
        status: 502,
        reason: RefundReason::ToolFailed,
        amount,
        credit,
        tender: Tender::Prepaid,
        payment: None,
        voucher: None,
    };
    [
        AccountEvent::Refunded(refunded),
        AccountEvent::CreditApplied(CreditApplied { account, credit, request, amount }),
    ]
}
