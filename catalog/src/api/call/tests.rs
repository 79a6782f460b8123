//! What a caller may ask of an API, and what never leaves its base URL.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Call, Outgoing};
use crate::{ApiEntry, Violation};

const API: &str = r#"
    id = "shop"
    name = "Shop"
    summary = "Sells."
    base_url = "https://api.shop.example.com/v1"
    docs_url = "https://shop.example.com/docs"
    categories = ["shopping"]
    auth = { kind = "query", name = "key" }
    headers = ["x-shop-version"]
    [[endpoints]]
    method = "GET"
    path = "/items/{id}.json"
    summary = "One item."
    [[endpoints]]
    method = "GET"
    path = "/orders"
    summary = "Orders."
    [[endpoints]]
    method = "POST"
    path = "/orders"
    summary = "A new order."
"#;

fn outgoing(call: Value) -> Result<Outgoing, Violation> {
    let mut call = call;
    call["api_id"] = "shop".into();
    let call: Call = serde_json::from_value(call).unwrap();
    ApiEntry::parse(API, &[]).unwrap().outgoing(&call)
}

fn field(call: Value) -> String {
    outgoing(call).unwrap_err().field
}

#[test]
fn a_template_is_filled_and_the_rest_becomes_the_query() {
    let call = json!({ "endpoint": "/items/{id}.json", "params": { "id": "a/b c", "page": 2, "tag": ["x", "y&z"] } });
    let sent = outgoing(call).unwrap();
    assert_eq!(sent.url, "https://api.shop.example.com/v1/items/a%2Fb%20c.json?page=2&tag=x&tag=y%26z");
    assert_eq!((sent.method.as_str(), sent.body), ("GET", None));
    let concrete = outgoing(json!({ "endpoint": "/items/7.json" })).unwrap();
    assert_eq!(concrete.url, "https://api.shop.example.com/v1/items/7.json");
}

#[test]
fn a_body_goes_as_json_or_as_the_text_that_it_is() {
    let json = outgoing(json!({ "endpoint": "/orders", "method": "post", "body": { "n": 1 } })).unwrap();
    assert_eq!(json.body.as_deref(), Some(r#"{"n":1}"#));
    assert!(json.headers.contains(&("content-type".to_owned(), "application/json".to_owned())));
    let text = outgoing(json!({ "endpoint": "/orders", "method": "POST", "body": "n=1" })).unwrap();
    assert_eq!(text.body.as_deref(), Some("n=1"));
    assert_eq!(outgoing(json!({ "endpoint": "/orders" })).unwrap().method, "GET");
    assert_eq!(field(json!({ "endpoint": "/orders", "body": 1 })), "/body");
}

#[test]
fn what_is_not_listed_is_refused_by_its_field() {
    for endpoint in [
        "/",
        "",
        "/items",
        "/items/../orders",
        "/items/%2e%2e.json",
        "/items/..%2forders.json",
        "/orders?x=1",
        "/orders#x",
        "/items/a\\b.json",
        "//evil.example/items/7.json",
        "/items/%00.json",
        "/items/%zz.json",
        "https://evil.example/",
        "/items/.json",
        "/items/a@b/c.json",
    ] {
        assert_eq!(field(json!({ "endpoint": endpoint })), "/endpoint", "{endpoint}");
    }
    assert_eq!(field(json!({ "endpoint": "/orders", "method": "DELETE" })), "/method");
    assert_eq!(field(json!({ "endpoint": "/items/{id}.json" })), "/params/id");
    assert_eq!(field(json!({ "endpoint": "/items/{id}.json", "params": { "id": {} } })), "/params/id");
    assert_eq!(field(json!({ "endpoint": "/orders", "params": { "q": { "a": 1 } } })), "/params");
}

#[test]
fn neither_the_credential_nor_the_connection_is_the_callers() {
    assert_eq!(field(json!({ "endpoint": "/orders", "params": { "KEY": "mine" } })), "/params");
    for header in ["Authorization", "Host", "Cookie", "X-Forwarded-For", "Transfer-Encoding"] {
        assert_eq!(field(json!({ "endpoint": "/orders", "headers": { header: "x" } })), "/headers", "{header}");
    }
    assert_eq!(field(json!({ "endpoint": "/orders", "headers": { "accept": "a\r\nb: c" } })), "/headers");
    let fine = outgoing(json!({ "endpoint": "/orders", "headers": { "X-Shop-Version": "2", "Accept": "text/csv" } }));
    assert_eq!(fine.unwrap().headers.len(), 2);
}

proptest! {
    #[test]
    fn whatever_is_asked_for_the_url_stays_below_the_base(endpoint in "\\PC{0,40}", id in "\\PC{0,40}") {
        for call in [
            json!({ "endpoint": endpoint, "params": { "id": id } }),
            json!({ "endpoint": format!("/items/{endpoint}.json") }),
            json!({ "endpoint": "/items/{id}.json", "params": { "id": id } }),
        ] {
            if let Ok(sent) = outgoing(call) {
                let url = url::Url::parse(&sent.url).unwrap();
                prop_assert_eq!(url.origin().ascii_serialization(), "https://api.shop.example.com");
                prop_assert!(url.path().starts_with("/v1/items/") || url.path() == "/v1/orders");
                prop_assert_eq!(url.path().matches('/').count(), if url.path() == "/v1/orders" { 2 } else { 3 });
            }
        }
    }
}
