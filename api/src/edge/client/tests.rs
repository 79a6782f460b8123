//! Whose word is taken for what.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use actix_web::http::header::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;

const EDGE: &str = "10.0.0.1";

fn proxies(header: ForwardedHeader) -> Proxies {
    Proxies { trusted: vec!["10.0.0.0/8".parse().unwrap()], header, edge_only: true }
}

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn client(header: ForwardedHeader, peer: &str, fields: &[(&'static str, &str)]) -> String {
    proxies(header).client(peer.parse().unwrap(), &headers(fields)).to_string()
}

#[test]
fn the_nearest_address_that_is_not_ours_is_the_client() {
    use ForwardedHeader::{Forwarded, XForwardedFor};
    let spoofed = [("x-forwarded-for", "1.1.1.1, 203.0.113.7"), ("x-forwarded-for", "10.2.2.2")];
    assert_eq!(client(XForwardedFor, EDGE, &spoofed), "203.0.113.7");
    assert_eq!(client(XForwardedFor, EDGE, &[("x-forwarded-for", "[2001:db8::1]:443")]), "2001:db8::1");
    assert_eq!(client(XForwardedFor, EDGE, &[("x-forwarded-for", "203.0.113.7, unknown")]), EDGE);
    let forwarded = [("forwarded", r#"for="[2001:db8::9]:4711";proto=https, For=203.0.113.8:80;by=_x"#)];
    assert_eq!(client(Forwarded, EDGE, &forwarded), "203.0.113.8");
    assert_eq!(client(XForwardedFor, EDGE, &forwarded), EDGE, "the header that is not configured is a caller's");
}

#[test]
fn a_stranger_is_not_believed() {
    let lie = [("x-forwarded-for", "203.0.113.7"), ("x-forwarded-proto", "https")];
    assert_eq!(client(ForwardedHeader::XForwardedFor, "198.51.100.1", &lie), "198.51.100.1");
    let proxies = proxies(ForwardedHeader::XForwardedFor);
    assert!(proxies.plaintext("198.51.100.1".parse().unwrap(), &headers(&lie)), "it went around the edge");
    assert!(!proxies.plaintext(EDGE.parse().unwrap(), &headers(&lie)));
    assert!(proxies.plaintext(EDGE.parse().unwrap(), &headers(&[("x-forwarded-proto", "https, HTTP")])));
}

proptest! {
    /// Whatever stands in the headers: no panic, and no effect unless the peer is a proxy of ours.
    #[test]
    fn no_header_moves_a_stranger(value in proptest::collection::vec(1_u8..=255, 0..64), peer: [u8; 4]) {
        let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
        let peer = IpAddr::from(peer);
        for (header, name) in [(ForwardedHeader::XForwardedFor, "x-forwarded-for"), (ForwardedHeader::Forwarded, "forwarded")] {
            let mut fields = HeaderMap::new();
            fields.insert(HeaderName::from_static(name), value.clone());
            let proxies = proxies(header);
            let client = proxies.client(peer, &fields);
            prop_assert!(proxies.trusts(peer) || client == peer);
            proxies.plaintext(peer, &fields);
        }
    }

    /// A client behind the edge cannot choose its address: what it writes stands before what the edge adds.
    #[test]
    fn what_a_client_writes_itself_does_not_count(lie in "[ -~]{0,48}", real: [u8; 4]) {
        let real = IpAddr::from(real);
        let proxies = proxies(ForwardedHeader::XForwardedFor);
        prop_assume!(!proxies.trusts(real));
        let fields = headers(&[("x-forwarded-for", &format!("{lie}, {real}"))]);
        prop_assert_eq!(proxies.client(EDGE.parse().unwrap(), &fields), real);
    }
}
