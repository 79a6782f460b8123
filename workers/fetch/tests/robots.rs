//! A site that does not want robots is left alone.

use aipaygen_fetch::outbound::{Errand, FetchError};

use crate::support::server::{Does, WebServer, nothing, page, says, to};
use crate::support::{outbound, settings};

fn robot(url: String) -> Errand {
    Errand { robots: true, ..Errand::get(url) }
}

async fn site(robots: impl Fn() -> Does + Send + Sync + 'static) -> WebServer {
    WebServer::allowed(move |path| match path {
        "/robots.txt" => robots(),
        "/away" => to(302, "/private/x"),
        _ => page("hello"),
    })
    .await
}

#[tokio::test]
async fn what_robots_txt_disallows_is_not_fetched_nor_reached_by_a_redirect() {
    let rules = "User-agent: *\nDisallow: /\n\nUser-agent: AiPayGen\nDisallow: /private/\nAllow: /private/but\n";
    let web = site(move || says(200, "", rules)).await;
    let outbound = outbound(settings());
    assert!(outbound.fetch(robot(web.url("/open"))).await.is_ok());
    assert!(outbound.fetch(robot(web.url("/private/but"))).await.is_ok());
    for path in ["/private/", "/private/x?y", "/away"] {
        assert_eq!(outbound.fetch(robot(web.url(path))).await.unwrap_err(), FetchError::Robots, "{path}");
    }
    let asked = web.heads().iter().filter(|head| head.starts_with("GET /robots.txt ")).count();
    assert_eq!(asked, 1, "it is remembered");
    assert!(web.heads().iter().all(|head| head.contains("user-agent: AiPayGen/test")));
    assert!(!web.heads().iter().any(|head| head.contains("/private/x")));
    assert!(outbound.fetch(Errand::get(web.url("/private/x"))).await.is_ok(), "who is no robot asks nobody");
}

#[tokio::test]
async fn without_a_robots_txt_everything_is_open_and_with_a_broken_one_nothing_is() {
    let outbound = outbound(settings());
    let open = site(nothing).await;
    assert!(outbound.fetch(robot(open.url("/x"))).await.is_ok());
    let broken = site(|| says(503, "", "")).await;
    assert_eq!(outbound.fetch(robot(broken.url("/x"))).await.unwrap_err(), FetchError::Robots);
    let noise = site(|| says(200, "", vec![0xff; 10_000])).await;
    assert!(outbound.fetch(robot(noise.url("/x"))).await.is_ok());
}

#[tokio::test]
async fn an_operator_may_decide_otherwise() {
    let web = site(|| says(200, "", "User-agent: *\nDisallow: /\n")).await;
    let mut settings = settings();
    settings.robots_honoured = false;
    assert!(outbound(settings).fetch(robot(web.url("/x"))).await.is_ok());
}
