//! What is published for machines.

use reqwest::Method;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::{Answer, House};

async fn read(house: &House, path: &str) -> Answer {
    Answer::to(house.request(Method::GET, path)).await.expect(200)
}

#[tokio::test]
async fn tools_and_prices_are_the_catalogues() {
    let house = House::open().await;
    let tools = read(&house, "/tools").await.json();
    let echo = tools["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == "echo").unwrap().clone();
    assert_eq!(echo["price"]["price_usd"], "0.02");
    assert_eq!(echo["routes"], json!(["POST /tools/echo", "POST /echo/run"]));
    assert_eq!(echo["input_schema"]["required"], json!(["say"]));
    assert_eq!(read(&house, "/tools/echo").await.json(), echo);
    let prices = read(&house, "/pricing").await.json();
    assert_eq!(prices["prices"].as_array().unwrap().len(), tools["tools"].as_array().unwrap().len());
    let routes = echo["routes"].as_array().unwrap();
    for route in routes {
        let path = route.as_str().unwrap().strip_prefix("POST ").unwrap();
        Answer::to(house.request(Method::POST, path)).await.is_problem(402, "payment-required");
    }
}

#[tokio::test]
async fn security_txt_follows_its_rfc() {
    let house = House::with(|settings| settings.security_contact = Some("mailto:security@example.com".into())).await;
    let answer = read(&house, "/.well-known/security.txt").await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let fields: Vec<_> = answer.text().lines().map(|line| line.split_once(": ").unwrap()).collect();
    let one = |name| {
        let mut values = fields.iter().filter(|(field, _)| *field == name).map(|(_, value)| *value);
        let value = values.next().unwrap();
        assert_eq!(values.next(), None, "{name}");
        value
    };
    assert_eq!(one("Contact"), "mailto:security@example.com");
    assert_eq!(one("Canonical"), format!("{}/.well-known/security.txt", house.url));
    assert_eq!(one("Policy"), format!("{}/security", house.url));
    assert_eq!(one("Preferred-Languages"), "en");
    let expires = OffsetDateTime::parse(one("Expires"), &Rfc3339).unwrap();
    let ahead = expires - OffsetDateTime::now_utc();
    assert!(ahead > Duration::days(100) && ahead < Duration::days(365));
}

#[tokio::test]
async fn the_security_statement_is_one_and_tells_what_is_so() {
    let house = House::open().await;
    let agent = read(&house, "/.well-known/agent.json").await.json();
    let page = read(&house, "/security").await;
    assert_eq!(page.json()["security"], agent["security"]);
    assert_eq!(agent["security"]["transport"]["tls"], "none");
    assert_eq!(agent["security"]["code_execution"], Value::Null, "no tool here runs code");
    for (name, value) in agent["security"]["headers"].as_object().unwrap() {
        assert_eq!(page.header(name), value.as_str().unwrap());
    }
}

#[tokio::test]
async fn every_problem_is_explained_where_its_type_points() {
    let house = House::open().await;
    let refused = Answer::to(house.request(Method::GET, "/nowhere")).await.json();
    let about = read(&house, refused["type"].as_str().unwrap()).await.json();
    assert_eq!((&about["status"], &about["title"]), (&refused["status"], &refused["title"]));
    let all = read(&house, "/problems").await.json();
    let slugs: Vec<_> = all["problems"].as_array().unwrap().iter().map(|about| about["slug"].clone()).collect();
    let mut unique = slugs.clone();
    unique.sort_by_key(Value::to_string);
    unique.dedup();
    assert_eq!(unique.len(), slugs.len());
}

#[tokio::test]
async fn receipt_keys_and_health_are_told() {
    let house = House::open().await;
    assert_eq!(read(&house, "/.well-known/jwks.json").await.json(), json!({ "keys": [] }));
    assert_eq!(read(&house, "/health").await.json(), json!({ "status": "ok", "degraded": [] }));
    read(&house, "/").await;
    read(&house, "/readyz").await;
    house.bus.drain().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let health = read(&house, "/health").await.json();
    assert_eq!(health, json!({ "status": "degraded", "degraded": ["bus", "payments"] }));
    Answer::to(house.request(Method::GET, "/readyz")).await.is_problem(503, "unavailable");
    assert_eq!(
        read(&house, "/.well-known/jwks.json").await.json(),
        json!({ "keys": [] }),
        "an old set rather than none"
    );
}
