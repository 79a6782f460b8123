//! TLS: only for the name that was asked, only by an authority that is trusted.

use aipaygen_fetch::outbound::{Errand, FetchError};

use crate::support::dns::{Dns, Says};
use crate::support::server::{WebServer, page, to};
use crate::support::tls::Authority;
use crate::support::{ALLOWED, outbound, settings_with};

#[tokio::test]
async fn a_certificate_has_to_be_for_the_name_and_by_somebody_who_is_trusted() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let names = ["good.example.com", "127.0.0.2"];
    let good = WebServer::tls(authority.acceptor(&names), ALLOWED, |_| page("secret")).await;
    let bad = WebServer::tls(stranger.acceptor(&names), ALLOWED, |_| page("secret")).await;
    let script = ["good.example.com", "other.example.com"].map(|name| (name, vec![Says::Addresses(vec![ALLOWED])]));
    let dns = Dns::start(script.into()).await;
    let mut trusting = settings_with(dns.address, &[]);
    trusting.extra_roots = authority.file.path().to_owned();
    let trusting = outbound(trusting);
    for host in ["good.example.com", "good.example.com.", "127.0.0.2"] {
        let fetched = trusting.fetch(Errand::get(format!("https://{host}:{}/", good.port()))).await;
        assert_eq!(&fetched.unwrap().body[..], b"secret", "{host}");
    }
    let unreachable = async |host: &str, port: u16| {
        let error = trusting.fetch(Errand::get(format!("https://{host}:{port}/"))).await.unwrap_err();
        assert_eq!(error, FetchError::Unreachable, "{host}:{port}");
    };
    unreachable("other.example.com", good.port()).await;
    unreachable("good.example.com", bad.port()).await;
    let usual = outbound(settings_with(dns.address, &[]));
    let url = format!("https://good.example.com:{}/", good.port());
    assert_eq!(usual.fetch(Errand::get(url)).await.unwrap_err(), FetchError::Unreachable);
    assert_eq!((good.heads().len(), bad.heads().len()), (3, 0));
}

#[tokio::test]
async fn nobody_is_sent_down_from_https() {
    let authority = Authority::new();
    let plain = WebServer::allowed(|_| page("plain")).await;
    let down = plain.url("/");
    let web = WebServer::tls(authority.acceptor(&["127.0.0.2"]), ALLOWED, move |_| to(302, &down)).await;
    let mut settings = crate::support::settings();
    settings.extra_roots = authority.file.path().to_owned();
    let error = outbound(settings).fetch(Errand::get(format!("https://{}/", web.address))).await.unwrap_err();
    assert_eq!(error.to_string(), "refused by the rule downgrade");
    assert!(plain.heads().is_empty());
}
