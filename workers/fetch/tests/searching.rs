//! Searches, through providers that speak the two protocols.

use aipaygen_bus::tool::{ToolOutcome, check_subject, run_subject};
use aipaygen_fetch::{Provider, SearchSettings};
use serde_json::json;

use crate::support::server::{Does, WebServer, says};
use crate::worker::{House, answer};

fn provider(provider: Provider, url: String) -> SearchSettings {
    SearchSettings { provider, url, key: "hush".to_owned().into(), timeout_ms: 2_000 }
}

fn results(json: &serde_json::Value) -> Does {
    says(200, "content-type: application/json\r\n", json.to_string())
}

#[tokio::test]
async fn without_a_provider_a_search_is_not_implemented() {
    let house = House::with(provider(Provider::None, String::new())).await;
    for subject in [check_subject("fetch"), run_subject("fetch")] {
        let outcome = house.ask(&subject, "search", json!({"query": "x"})).await;
        let ToolOutcome::Rejected { status, code, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!((status, code.as_str()), (501, "not-implemented"));
    }
}

#[tokio::test]
async fn both_protocols_give_the_same_shape() {
    let searxng = WebServer::allowed(|_| {
        results(&json!({"results": [
            {"url": "https://a.example.com/", "title": " A ", "content": "first"},
            {"title": "no url"},
            {"url": "https://b.example.com/"},
        ]}))
    })
    .await;
    let brave = WebServer::allowed(|_| {
        results(&json!({"web": {"results": [
            {"url": "https://a.example.com/", "title": "A", "description": "first"},
            {"url": "https://b.example.com/"},
        ]}}))
    })
    .await;
    let expected = json!({"results": [
        {"url": "https://a.example.com/", "title": "A", "snippet": "first"},
        {"url": "https://b.example.com/", "title": "", "snippet": ""},
    ]});
    for (kind, web) in [(Provider::Searxng, &searxng), (Provider::Brave, &brave)] {
        let house = House::with(provider(kind, web.url(""))).await;
        let found = answer(house.ask(&run_subject("fetch"), "search", json!({"query": "a b&c", "count": 5})).await);
        assert_eq!(found, expected);
        let one = answer(house.ask(&run_subject("fetch"), "search", json!({"query": "a", "count": 1})).await);
        assert_eq!(one["results"].as_array().unwrap().len(), 1);
    }
    assert!(searxng.heads()[0].starts_with("GET /search?q=a+b%26c&format=json "), "{:?}", searxng.heads());
    assert!(brave.heads()[0].starts_with("GET /res/v1/web/search?q=a+b%26c&count=5 "), "{:?}", brave.heads());
    assert!(brave.heads()[0].contains("x-subscription-token: hush"));
    assert!(!searxng.heads()[0].contains("hush"));
}

#[tokio::test]
async fn a_provider_that_fails_is_our_failure() {
    for does in [says(500, "", "x"), says(302, "location: /\r\n", ""), says(200, "", "no JSON"), Does::Waits] {
        let web = WebServer::allowed(move |_| does.clone()).await;
        let house = House::with(provider(Provider::Searxng, web.url("/"))).await;
        let outcome = house.ask(&run_subject("fetch"), "search", json!({"query": "x"})).await;
        assert_eq!(outcome, ToolOutcome::Failed);
    }
}
