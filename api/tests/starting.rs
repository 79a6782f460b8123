//! What cannot be started, and what a listener takes.

use aipaygen_api::{Settings, StartError, bind};
use aipaygen_bus::SharedBus;
use aipaygen_bus::local::LocalBus;
use reqwest::Method;

use crate::support::house::deps;
use crate::support::records::Records;
use crate::support::{Answer, House};

fn public() -> Settings {
    Settings {
        listen: "0.0.0.0:0".parse().unwrap(),
        edge_tls: true,
        public_url: Some("https://api.example.com".into()),
        security_contact: Some("mailto:security@example.com".into()),
        ..Settings::default()
    }
}

#[test]
fn what_would_break_a_promise_does_not_start() {
    assert!(public().validate().is_ok());
    assert!(Settings::default().validate().is_ok());
    let refused = |change: fn(&mut Settings)| {
        let mut settings = public();
        change(&mut settings);
        settings.validate().unwrap_err().to_string()
    };
    assert!(refused(|s| s.edge_tls = false).contains("server.edge_tls"));
    assert!(refused(|s| s.security_contact = None).contains("server.security_contact"));
    assert!(refused(|s| s.security_contact = Some("call us".into())).contains("server.security_contact"));
    assert!(refused(|s| s.public_url = None).contains("server.public_url"));
    assert!(refused(|s| s.public_url = Some("http://api.example.com".into())).contains("server.public_url"));
    assert!(refused(|s| s.key_cache_ms = 751).contains("server.key_cache_ms"));
    assert!(refused(|s| s.head_bytes_max = 1 << 20).contains("server.head_bytes_max"));
}

#[tokio::test]
async fn an_address_that_is_taken_is_a_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let bus: SharedBus = LocalBus::new(&aipaygen_bus::Settings::default());
    let records = Records::open().await;
    let settings = Settings { listen: taken.local_addr().unwrap(), ..Settings::default() };
    let refused = bind(deps(&bus, &records), settings).await.err().unwrap();
    assert!(matches!(refused, StartError::Listen { .. }), "{refused}");
}

#[tokio::test]
async fn what_came_over_http_through_the_edge_is_refused_and_redirected_only_where_nothing_was_given_away() {
    let house = House::with(|settings| {
        settings.edge_tls = true;
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        settings.public_url = Some("https://api.example.com".into());
        settings.security_contact = Some("mailto:security@example.com".into());
    })
    .await;
    let over = |scheme: &'static str, method, path| house.request(method, path).header("x-forwarded-proto", scheme);
    let moved = Answer::to(over("http", Method::GET, "/pricing?a=1")).await;
    moved.is_problem(308, "moved-to-https");
    assert_eq!(moved.header("location"), "https://api.example.com/pricing?a=1");
    let given_away = over("http", Method::GET, "/auth/balance").bearer_auth(house.key.expose());
    Answer::to(given_away).await.is_problem(403, "https-required");
    Answer::to(over("http", Method::POST, "/tools/echo")).await.is_problem(403, "https-required");
    Answer::to(over("https", Method::GET, "/pricing")).await.expect(200);
    assert_eq!(house.get("/security").await.json()["security"]["transport"]["terminated_by"], "edge");
}
