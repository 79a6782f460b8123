//! Every refusal leaves no connection at the canary, whichever way the URL leads there.

use aipaygen_fetch::guard::Rule;
use aipaygen_fetch::outbound::{Errand, FetchError, Outbound};

use crate::support::dns::{Dns, Says};
use crate::support::server::{WebServer, page, to};
use crate::support::{ALLOWED, Canary, DENIED, outbound, settings_with};

async fn refusal(outbound: &Outbound, url: &str) -> Rule {
    let judged = outbound.judge(url).await.map(drop).unwrap_err();
    let fetched = outbound.fetch(Errand::get(url)).await.map(drop).unwrap_err();
    assert_eq!(judged, fetched, "{url}");
    let FetchError::Refused(rule) = fetched else { panic!("{url}: {fetched}") };
    rule
}

#[tokio::test]
async fn no_form_of_the_canarys_address_reaches_it() {
    let canary = Canary::on((DENIED, 0)).await;
    let dns = Dns::start([("x.example.com", vec![Says::Addresses(vec![DENIED])])].into()).await;
    let outbound = outbound(settings_with(dns.address, &[canary.address.port()]));
    let port = canary.address.port();
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "127.0.0.1.",
        "１２７.0.0.1",
        "%31%32%37.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[::]",
        "0",
        "0.0.0.0",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "x.example.com",
        "x.example.com.",
        "gone.example.com",
    ] {
        let rule = refusal(&outbound, &format!("http://{host}:{port}/")).await;
        assert_ne!(rule, Rule::Port, "{host}: the address decides");
        refusal(&outbound, &format!("https://{host}:{port}/")).await;
    }
    assert_eq!(canary.connections().await, 0);
}

#[tokio::test]
async fn one_private_answer_among_public_ones_is_enough_and_aliases_are_followed_to_their_end() {
    let canary = Canary::on((DENIED, 0)).await;
    let port = canary.address.port();
    let web = WebServer::on((ALLOWED, port), |_| page("<p>hello</p>")).await;
    let script = [
        ("good.example.com", vec![Says::Addresses(vec![ALLOWED])]),
        ("mixed.example.com", vec![Says::Addresses(vec![ALLOWED, DENIED])]),
        ("mixed6.example.com", vec![Says::Addresses(vec![ALLOWED, "::1".parse().unwrap()])]),
        ("bad.example.com", vec![Says::Addresses(vec![DENIED])]),
        ("alias2.example.com", vec![Says::Alias("bad.example.com")]),
        ("alias1.example.com", vec![Says::Alias("alias2.example.com")]),
        ("goodalias.example.com", vec![Says::Alias("good.example.com")]),
        ("empty.example.com", vec![Says::Addresses(vec![])]),
    ];
    let dns = Dns::start(script.into()).await;
    let outbound = outbound(settings_with(dns.address, &[port]));
    for (name, rule) in [
        ("mixed.example.com", Rule::Range("loopback")),
        ("mixed6.example.com", Rule::Range("loopback")),
        ("bad.example.com", Rule::Range("loopback")),
        ("alias1.example.com", Rule::Range("loopback")),
        ("empty.example.com", Rule::Unresolved),
        ("unknown.example.com", Rule::Unresolved),
    ] {
        assert_eq!(refusal(&outbound, &format!("http://{name}:{port}/")).await, rule, "{name}");
    }
    for name in ["good.example.com", "goodalias.example.com", "GOOD.example.com."] {
        let fetched = outbound.fetch(Errand::get(format!("http://{name}:{port}/"))).await.unwrap();
        assert_eq!(&fetched.body[..], b"<p>hello</p>", "{name}");
    }
    assert_eq!((canary.connections().await, web.heads().len()), (0, 3));
}

#[tokio::test]
async fn no_redirect_leads_to_the_canary() {
    let canary = Canary::on((DENIED, 0)).await;
    let port = canary.address.port();
    let dns = Dns::start([("bad.example.com", vec![Says::Addresses(vec![DENIED])])].into()).await;
    let web = WebServer::allowed(move |path| match path {
        "/301" => to(301, &format!("http://127.0.0.1:{port}/")),
        "/302" => to(302, &format!("//127.1:{port}/")),
        "/303" => to(303, &format!("http://bad.example.com:{port}/")),
        "/307" => to(307, &format!("http://[::ffff:127.0.0.1]:{port}/")),
        "/308" => to(308, &format!("\\\\0x7f.1:{port}\\")),
        "/far" => to(302, "/302"),
        "/file" => to(302, "file:///etc/passwd"),
        "/user" => to(302, &format!("http://a:b@127.0.0.1:{port}/")),
        _ => page("<p>hello</p>"),
    })
    .await;
    let outbound = outbound(settings_with(dns.address, &[port]));
    for path in ["/301", "/302", "/303", "/307", "/308", "/far", "/file", "/user"] {
        let error = outbound.fetch(Errand::get(web.url(path))).await.map(drop).unwrap_err();
        assert!(matches!(error, FetchError::Refused(_)), "{path}: {error}");
    }
    assert!(outbound.fetch(Errand::get(web.url("/ok"))).await.is_ok());
    assert_eq!(canary.connections().await, 0);
}
