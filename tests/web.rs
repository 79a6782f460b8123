//! The web: pages are paid for, refusals are not, and a crash of what fetches is refunded.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::site::{self, Site};
use crate::support::wait;

const SCRAPE: u64 = 10_000;
const BATCH: u64 = 100_000;

/// The suite's sites are on loopback: what an operator of an intranet would allow.
async fn app() -> App {
    App::with(&[("FETCH__GUARD__ALLOWED", "[\"127.0.0.2/32 1-65535\"]")]).await
}

#[tokio::test]
async fn a_page_is_read_and_paid_for() {
    let (app, site) = (app().await, Site::start().await);
    let before = app.caller.balance().await;
    let answer = app.caller.post("/scrape", &json!({"url": site.url("/article")})).await.expect(200);
    let page = answer.json();
    assert_eq!((&page["title"], &page["url"]), (&json!("On guards"), &json!(site.url("/article"))));
    assert!(page["text"].as_str().unwrap().contains("stands at the door"), "{page}");
    assert!(!answer.header("x-payment-receipt").is_empty());
    let body = json!({"urls": [site.url("/article"), "http://10.0.0.1/"]});
    let batch = app.caller.post("/scrape/batch", &body).await.expect(200).json();
    assert_eq!((&batch["results"][0]["error"], &batch["results"][1]["page"]), (&Value::Null, &Value::Null));
    app.settled().await;
    assert_eq!(before - app.caller.balance().await, SCRAPE + BATCH);
}

#[tokio::test]
async fn a_refused_address_costs_nothing_and_says_nothing() {
    let (app, site) = (app().await, Site::start().await);
    let before = app.caller.balance().await;
    let open = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    open.set_nonblocking(true).unwrap();
    let open_url = format!("http://{}/", open.local_addr().unwrap());
    let mut told = Vec::new();
    for url in [
        open_url.as_str(),
        "http://127.0.0.1:1/",
        "http://10.255.255.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]:8080/",
        "http://localhost:8080/",
        "https://user:secret@127.0.0.2/",
        "file:///etc/passwd",
        &site.url(&format!("/to/{open_url}")),
    ] {
        let since = Instant::now();
        let answer = app.caller.post("/scrape", &json!({ "url": url })).await.expect(403);
        assert!(since.elapsed() >= Duration::from_millis(250), "{url}: too soon to be like the others");
        answer.is_an_unpaid_problem();
        let mut problem = answer.json();
        problem["request_id"].take();
        problem["instance"].take();
        told.push(problem);
    }
    assert!(told[0]["type"].as_str().unwrap().ends_with("address-refused"), "{told:?}");
    assert!(told.iter().all(|problem| *problem == told[0]), "{told:#?}");
    assert!(open.accept().is_err(), "somebody has connected");
    app.settled().await;
    assert_eq!(app.caller.balance().await, before);
}

#[tokio::test]
async fn what_is_no_page_costs_nothing() {
    let (app, site) = (app().await, Site::start().await);
    let before = app.caller.balance().await;
    for (path, slug) in
        [("/gone", "page-unavailable"), ("/image", "content-unsupported"), ("/private/x", "robots-disallowed")]
    {
        let answer = app.caller.post("/scrape", &json!({"url": site.url(path)})).await.expect(422);
        assert!(answer.json()["type"].as_str().unwrap().ends_with(slug), "{answer:?}");
        answer.is_an_unpaid_problem();
    }
    let search = app.caller.post("/search", &json!({"query": "x"})).await.expect(501);
    search.is_an_unpaid_problem();
    app.settled().await;
    assert_eq!(app.caller.balance().await, before);
}

#[tokio::test]
async fn a_crash_of_what_fetches_is_refunded_and_the_next_call_is_served() {
    let (mut app, site) = (app().await, Site::start().await);
    let before = app.caller.balance().await;
    let (caller, url) = (app.caller.clone(), site.url("/slow"));
    let call = tokio::spawn(async move { caller.post("/scrape", &json!({ "url": url })).await });
    wait::until("the page is asked for", async || site.was_asked("/slow").then_some(())).await;
    let worker = if app.names().iter().any(|name| name == "serve") { "serve" } else { "fetch" };
    site::kill_child_of(app.role(worker).id(), "process");
    let answer = call.await.unwrap().expect(502);
    assert!(!answer.header("x-refund-credit").is_empty(), "{answer:?}");
    app.caller.post("/scrape", &json!({"url": site.url("/article")})).await.expect(200);
    app.settled().await;
    assert_eq!(before - app.caller.balance().await, SCRAPE);
}

#[tokio::test]
async fn a_document_that_brings_its_reader_down_costs_nobody_else_a_page() {
    let (mut app, site) = (app().await, Site::start().await);
    let worker = if app.names().iter().any(|name| name == "serve") { "serve" } else { "fetch" };
    for _ in 0..3 {
        site::kill_child_of(app.role(worker).id(), "reader");
        app.caller.post("/scrape", &json!({"url": site.url("/article")})).await.expect(200);
    }
}
