//! Redirects: as many as are followed, and what is lost on the way.

use aipaygen_fetch::guard::Rule;
use aipaygen_fetch::outbound::{Errand, FetchError};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderValue};

use crate::support::dns::{Dns, Says};
use crate::support::server::{WebServer, page, says, to};
use crate::support::{ALLOWED, outbound, settings, settings_with};

#[tokio::test]
async fn five_redirects_are_followed_and_no_sixth() {
    let web = WebServer::allowed(|path| match path.trim_start_matches('/').parse::<u32>() {
        Ok(0) => page("there"),
        Ok(left) => to(302, &format!("/{}", left - 1)),
        Err(_) => to(302, path),
    })
    .await;
    let outbound = outbound(settings());
    let fetched = outbound.fetch(Errand::get(web.url("/5"))).await.unwrap();
    assert_eq!((fetched.url.path(), &fetched.body[..]), ("/0", &b"there"[..]));
    let error = outbound.fetch(Errand::get(web.url("/6"))).await.unwrap_err();
    assert_eq!(error, FetchError::Refused(Rule::Redirects));
    let before = web.heads().len();
    let error = outbound.fetch(Errand::get(web.url("/endless"))).await.unwrap_err();
    assert_eq!((error, web.heads().len() - before), (FetchError::Refused(Rule::Redirects), 6));
    let answer = outbound.fetch(Errand { redirects_max: 0, ..Errand::get(web.url("/5")) }).await.unwrap();
    assert_eq!(answer.status, 302, "who follows none is given the redirect");
}

#[tokio::test]
async fn a_credential_stays_with_the_host_it_was_meant_for() {
    let other = WebServer::allowed(|_| page("other")).await;
    let elsewhere = other.named("b.example.com", "/there");
    let web = WebServer::allowed(move |path| match path {
        "/same" => to(307, "/end"),
        "/away" => to(307, &elsewhere),
        _ => page("same"),
    })
    .await;
    let script = ["a.example.com", "b.example.com"].map(|name| (name, vec![Says::Addresses(vec![ALLOWED])]));
    let dns = Dns::start(script.into()).await;
    let outbound = outbound(settings_with(dns.address, &[]));
    for path in ["/same", "/away"] {
        let mut errand = Errand::get(web.named("a.example.com", path));
        errand.credentials.insert(AUTHORIZATION, HeaderValue::from_static("Bearer sesame"));
        errand.headers.insert("x-plain", HeaderValue::from_static("stays"));
        outbound.fetch(errand).await.unwrap();
    }
    assert_eq!(web.heads().len(), 3);
    assert!(web.heads().iter().all(|head| head.contains("Bearer sesame") && head.contains("x-plain: stays")));
    assert!(
        other.heads()[0].contains("x-plain: stays") && !other.heads()[0].contains("sesame"),
        "{:?}",
        other.heads()
    );
}

#[tokio::test]
async fn a_body_is_sent_again_only_where_browsers_send_it_again() {
    let web = WebServer::allowed(|path| match path {
        "/303" => to(303, "/end"),
        "/307" => to(307, "/end"),
        _ => says(200, "", "done"),
    })
    .await;
    let outbound = outbound(settings());
    for (path, method) in [("/303", "GET /end"), ("/307", "POST /end")] {
        let errand = Errand { method: Method::POST, body: "payload".into(), ..Errand::get(web.url(path)) };
        outbound.fetch(errand).await.unwrap();
        let heads = web.heads();
        assert!(heads.last().unwrap().starts_with(method), "{heads:?}");
        assert_eq!(heads.last().unwrap().contains("content-length: 7"), path == "/307");
    }
}
