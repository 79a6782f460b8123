//! The worker on the bus: what is refused, how, and when; what is read; and pages for other workers.

use std::time::{Duration, Instant};

use aipaygen_bus::SharedBus;
use aipaygen_bus::local::LocalBus;
use aipaygen_bus::page::PageRequest;
use aipaygen_bus::tool::{ToolOutcome, ToolRequest, check_subject, run_subject};
use aipaygen_fetch::{Deps, Provider, SearchSettings, Settings, Worker};
use serde_json::{Value, json};

use crate::support::dns::{Dns, Says};
use crate::support::server::{WebServer, nothing, page, says, to};
use crate::support::{Canary, DENIED, settings, settings_with};

/// A worker and the bus that it is reached on.
pub(crate) struct House {
    bus: SharedBus,
    _worker: Worker,
}

impl House {
    pub(crate) async fn with(search: SearchSettings) -> Self {
        Self::start(settings(), search).await
    }

    async fn of(settings: Settings) -> Self {
        let search =
            SearchSettings { provider: Provider::None, url: String::new(), key: String::new().into(), timeout_ms: 1 };
        Self::start(settings, search).await
    }

    async fn start(settings: Settings, search: SearchSettings) -> Self {
        let bus = LocalBus::new(&aipaygen_bus::Settings::default());
        let worker = Worker::start(Deps { bus: bus.clone(), settings, search }).await.unwrap();
        Self { bus, _worker: worker }
    }

    pub(crate) async fn ask(&self, subject: &str, tool: &str, body: Value) -> ToolOutcome {
        let request = "req_018f3b5e000070008000000000000001".parse().unwrap();
        let call = ToolRequest { tool: tool.into(), request, traceparent: None, body: body.to_string().into() };
        call.send(&*self.bus, subject, Instant::now() + Duration::from_secs(30)).await.unwrap()
    }

    async fn scrape(&self, body: Value) -> ToolOutcome {
        self.ask(&run_subject("fetch"), "scrape", body).await
    }
}

#[track_caller]
pub(crate) fn answer(outcome: ToolOutcome) -> Value {
    let ToolOutcome::Answered { body, .. } = outcome else { panic!("{outcome:?}") };
    serde_json::from_slice(&body).unwrap()
}

#[track_caller]
fn rejection(outcome: ToolOutcome) -> (u16, String) {
    let ToolOutcome::Rejected { status, code, .. } = outcome else { panic!("{outcome:?}") };
    (status, code)
}

const ARTICLE: &str = "<html lang=en><head><title>On guards</title><meta name=author content='A. Writer'></head><body>\
    <nav><a href=/home>Home</a></nav><article><h1>On guards</h1><p>A guard stands at the door and asks everybody who \
    wants to leave where they are going. Whoever goes to a public place may pass, and nobody else does, whatever they \
    say the place is called.</p><p>It asks <a href='https://example.org/again#x'>again</a> at every corner, since a \
    corner is where people change their minds about where they are going, and the guard does not like that at all.</p>\
    </article></body></html>";

#[tokio::test]
async fn a_page_is_fetched_and_read_in_each_format() {
    let web = WebServer::allowed(|path| if path == "/robots.txt" { nothing() } else { page(ARTICLE) }).await;
    let house = House::of(settings()).await;
    let url = web.url("/page");
    assert_eq!(answer(house.ask(&check_subject("fetch"), "scrape", json!({"url": url})).await), json!({}));
    assert!(web.heads().is_empty(), "a check connects to nobody");
    let read = answer(house.scrape(json!({"url": url})).await);
    assert_eq!((&read["url"], &read["title"], &read["language"]), (&json!(url), &json!("On guards"), &json!("en")));
    assert!(read["text"].as_str().unwrap().contains("[again](https://example.org/again#x)"), "{read}");
    assert_eq!(read["links"][0], json!({"url": web.url("/home"), "text": "Home"}));
    assert_eq!(read["links"][1]["url"], "https://example.org/again");
    assert!(read["word_count"].as_u64().unwrap() > 60 && read["truncated"] == false);
    let text = answer(house.scrape(json!({"url": url, "format": "text", "max_chars": 40})).await);
    assert_eq!((text["text"].as_str().unwrap().chars().count(), &text["truncated"]), (40, &json!(true)));
    let html = answer(house.scrape(json!({"url": url, "format": "html"})).await);
    assert!(html["text"].as_str().unwrap().contains("<p>"));
    let links = answer(house.scrape(json!({"url": url, "format": "links"})).await);
    assert_eq!(links["text"].as_str().unwrap().lines().count(), 2);
}

#[tokio::test]
async fn every_refusal_is_the_same_in_words_and_in_time() {
    let open = Canary::on((DENIED, 0)).await;
    let closed = std::net::TcpListener::bind((DENIED, 0)).unwrap().local_addr().unwrap().port();
    let script = [("private.example.com", vec![Says::Addresses(vec![DENIED])])];
    let dns = Dns::start(script.into()).await;
    let redirect = format!("http://{}/", open.address);
    let web =
        WebServer::allowed(move |path| if path == "/robots.txt" { nothing() } else { to(302, &redirect) }).await;
    let house = House::of(settings_with(dns.address, &[open.address.port(), closed])).await;
    let urls = [
        format!("http://{}/", open.address),
        format!("http://127.0.0.1:{closed}/"),
        "http://10.255.255.1/".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        format!("http://private.example.com:{}/", open.address.port()),
        "http://no-such-name.example.com/".to_owned(),
        "http://localhost/".to_owned(),
        "http://example.com:22/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "no url".to_owned(),
        web.url("/redirects-to-it"),
    ];
    let mut said = Vec::new();
    for url in urls {
        let since = Instant::now();
        let outcome = house.scrape(json!({ "url": url })).await;
        let took = since.elapsed();
        assert_eq!(rejection(outcome.clone()), (403, "address-refused".to_owned()), "{url}");
        let late = u64::try_from(took.as_millis()).unwrap() % 100;
        assert!(took >= Duration::from_millis(100) && late < 60, "{url} took {took:?}");
        said.push(outcome);
    }
    assert!(said.iter().all(|outcome| *outcome == said[0]));
    assert_eq!(open.connections().await, 0);
}

#[tokio::test]
async fn a_check_refuses_what_it_can_see_and_a_call_the_rest() {
    let web = WebServer::allowed(|path| match path {
        "/robots.txt" => says(200, "", "User-agent: *\nDisallow: /private\n"),
        "/image" => says(200, "content-type: image/png\r\n", "x"),
        "/json" => says(200, "content-type: application/json\r\n", "{}"),
        "/pdf" => says(200, "content-type: application/pdf\r\n", "%PDF-1.7 and no more"),
        "/gone" => says(410, "", "gone"),
        "/denied" => says(401, "", "who are you"),
        "/large" => says(200, "content-type: text/plain\r\n", vec![b'x'; 1_500_000]),
        "/deep" => page(&"<div>".repeat(100_000)),
        "/plain" => says(200, "content-type: text/plain; charset=iso-8859-1\r\n", b"caf\xe9"),
        _ => page("x"),
    })
    .await;
    let house = House::of(settings()).await;
    for (path, code) in [
        ("/private", "robots-disallowed"),
        ("/image", "content-unsupported"),
        ("/json", "content-unsupported"),
        ("/pdf", "page-unreadable"),
        ("/gone", "page-unavailable"),
        ("/denied", "page-unavailable"),
        ("/large", "page-too-large"),
        ("/deep", "page-unreadable"),
    ] {
        assert_eq!(rejection(house.scrape(json!({"url": web.url(path)})).await), (422, code.to_owned()), "{path}");
    }
    let plain = answer(house.scrape(json!({"url": web.url("/plain")})).await);
    assert_eq!((&plain["text"], &plain["metadata"]["content_type"]), (&json!("café"), &json!("text/plain")));
    for body in [json!({}), json!({"url": 1}), json!({"url": "x", "more": 1}), json!({"url": "x", "format": "pdf"})] {
        for subject in [check_subject("fetch"), run_subject("fetch")] {
            let refused = rejection(house.ask(&subject, "scrape", body.clone()).await);
            assert_eq!(refused, (422, "invalid-input".to_owned()), "{body}");
        }
    }
}

#[tokio::test]
async fn a_batch_gives_each_url_its_own_result_in_order() {
    let web = WebServer::allowed(|path| match path {
        "/robots.txt" | "/gone" => nothing(),
        _ => says(200, "content-type: text/plain\r\n", path),
    })
    .await;
    let house = House::of(settings()).await;
    let mut urls: Vec<String> = (0..10).map(|nth| web.url(&format!("/{nth}"))).collect();
    urls.insert(3, "http://10.0.0.1/".to_owned());
    urls.insert(7, web.url("/gone"));
    let batch = answer(house.ask(&run_subject("fetch"), "scrape_batch", json!({ "urls": urls })).await);
    let results = batch["results"].as_array().unwrap();
    assert_eq!(results.len(), 12);
    assert_eq!((&results[3]["page"], &results[3]["error"]["code"]), (&Value::Null, &json!("address-refused")));
    assert_eq!(results[7]["error"]["code"], "page-unavailable");
    assert_eq!((&results[11]["page"]["text"], &results[11]["error"]), (&json!("/9"), &Value::Null));
    let none = json!({"urls": ["http://10.0.0.1/", "http://localhost/"]});
    for subject in [check_subject("fetch"), run_subject("fetch")] {
        let refused = rejection(house.ask(&subject, "scrape_batch", none.clone()).await);
        assert_eq!(refused, (403, "address-refused".to_owned()));
    }
}

#[tokio::test]
async fn other_workers_are_given_pages_and_refusals() {
    let web = WebServer::allowed(|path| if path == "/robots.txt" { nothing() } else { page(ARTICLE) }).await;
    let house = House::of(settings()).await;
    let ask = async |url: String| {
        let request = PageRequest { url, chars_max: 50 };
        request.send(&*house.bus, Instant::now() + Duration::from_secs(10)).await.unwrap()
    };
    let read = answer(ask(web.url("/")).await);
    assert_eq!((read["text"].as_str().unwrap().chars().count(), &read["title"]), (50, &json!("On guards")));
    assert_eq!(rejection(ask("http://10.0.0.1/".to_owned()).await), (403, "address-refused".to_owned()));
}
