//! URLs as strangers write them: every form of an address is the address, and nothing gets past the parse.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;
use crate::guard::policy::Settings;

fn policy() -> Policy {
    Policy::new(Settings {
        ports: vec![80, 443, 8080, 8443],
        denied: vec![],
        denied_names: vec![],
        allowed: vec![],
        allowed_names: vec![],
    })
}

fn parse(text: &str) -> Result<Target, Rule> {
    Target::parse(&policy(), text)
}

#[track_caller]
fn refused(text: &str, rule: Rule) {
    assert_eq!(parse(text).map(|target| target.url.to_string()), Err(rule), "{text}");
}

#[test]
fn only_http_and_https_without_credentials_on_usual_ports() {
    for text in
        ["http://example.com", "HTTPS://EXAMPLE.com:8443/a?b#c", "http:\\\\example.com\\a", " https://example.com\n"]
    {
        assert!(parse(text).is_ok(), "{text}");
    }
    for text in
        ["ftp://example.com/", "file:///etc/passwd", "gopher://example.com", "data:text/html,x", "javascript:1"]
    {
        refused(text, Rule::Scheme);
    }
    for text in
        ["http://a@example.com", "http://a:b@example.com", "http://:b@example.com", "http://1.1.1.1@example.com/"]
    {
        refused(text, Rule::Userinfo);
    }
    for port in [0, 1, 22, 25, 81, 444, 6379, 8081, 65_535] {
        refused(&format!("http://example.com:{port}/"), Rule::Port);
    }
    for text in
        ["", "/a", "example.com", "http://", "http://[::1", "http://[fe80::1%25eth0]/", "http://1.1.1.256/", "//x.y"]
    {
        refused(text, Rule::Url);
    }
    refused(&format!("http://example.com/{}", "a".repeat(URL_BYTES_MAX)), Rule::Url);
}

#[test]
fn every_form_of_loopback_is_loopback() {
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0x7f.1",
        "127.0.0.1.",
        "１２７.０.０.１",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "①②⑦.⓪.⓪.①",
        "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
    ] {
        refused(&format!("http://{host}/"), Rule::Range("loopback"));
    }
    refused("http://[::1]/", Rule::Range("loopback"));
    refused("http://[0000::0001]:8080/", Rule::Range("loopback"));
    refused("http://localhost/", Rule::SpecialUse);
    refused("http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", Rule::SpecialUse);
    refused("http://LOCALHOST.:8080/", Rule::SpecialUse);
    refused("http://0/", Rule::Range("this-network"));
}

#[test]
fn all_answers_of_a_name_have_to_be_public() {
    let check = |answer: &[&str]| {
        let answer: Vec<IpAddr> = answer.iter().map(|address| address.parse().unwrap()).collect();
        parse("https://example.com:8443/").unwrap().check(&policy(), &answer).map(|checked| checked.addresses)
    };
    assert_eq!(check(&["1.1.1.1", "2606:4700::1"]).unwrap()[0].to_string(), "1.1.1.1:8443");
    assert_eq!(check(&[]), Err(Rule::Unresolved));
    assert_eq!(check(&["1.1.1.1", "10.0.0.1"]), Err(Rule::Range("private")));
    assert_eq!(check(&["2606:4700::1", "::1"]), Err(Rule::Range("loopback")));
}

#[test]
fn an_answer_has_no_say_about_an_address_that_stands_in_the_url() {
    let checked = parse("http://1.1.1.1/").unwrap().check(&policy(), &["9.9.9.9".parse().unwrap()]).unwrap();
    assert_eq!(checked.addresses()[0].to_string(), "1.1.1.1:80");
    assert_eq!(checked.grant(), Grant::Public);
}

#[test]
fn a_redirect_is_judged_anew_and_never_goes_down_from_https() {
    let follow = |from: &str, to: &str, nth| {
        parse(from).unwrap().follow(&policy(), to, nth, 5).map(|target| target.url.to_string())
    };
    assert_eq!(follow("https://a.com/b/c", "../d?e", 1).unwrap(), "https://a.com/d?e");
    assert_eq!(follow("http://a.com/", "//b.com/x", 5).unwrap(), "http://b.com/x");
    assert_eq!(follow("http://a.com/", "https://a.com/", 1).unwrap(), "https://a.com/");
    assert_eq!(follow("http://a.com/", "/", 6), Err(Rule::Redirects));
    assert_eq!(follow("https://a.com/", "http://a.com/", 1), Err(Rule::Downgrade));
    assert_eq!(follow("http://a.com/", "http://169.254.169.254/", 1), Err(Rule::Range("cloud-metadata")));
    assert_eq!(follow("http://a.com/", "//0x7f.1/", 1), Err(Rule::Range("loopback")));
    assert_eq!(follow("http://a.com/", "file:///etc/passwd", 1), Err(Rule::Scheme));
    assert_eq!(follow("http://a.com/", "http://u:p@b.com/", 1), Err(Rule::Userinfo));
}

#[test]
fn a_credential_is_for_one_origin() {
    let same = |one: &str, other: &str| parse(one).unwrap().has_origin_of(&parse(other).unwrap());
    assert!(same("https://a.com/x", "https://A.com:443/y"));
    for other in ["http://a.com/", "https://b.com/", "https://a.com:8443/", "https://sub.a.com/", "https://a.com./"] {
        assert!(!same("https://a.com/", other), "{other}");
    }
}

/// An IPv4 address in one of the ways that a browser reads.
fn written(address: u32, form: u8) -> String {
    let [a, b, c, d] = address.to_be_bytes();
    let wide = |text: String| {
        text.chars().map(|c| c.to_digit(10).map_or(c, |n| char::from_u32(0xff10 + n).unwrap())).collect::<String>()
    };
    match form {
        0 => format!("{a}.{b}.{c}.{d}"),
        1 => format!("{address}"),
        2 => format!("0x{address:x}"),
        3 => format!("0{address:o}"),
        4 => format!("0x{a:x}.0{b:o}.{c}.0X{d:X}"),
        5 => format!("{a}.{}", address & 0x00ff_ffff),
        6 => format!("{a}.{b}.0x{:x}", address & 0xffff),
        7 => format!("{a}.{b}.{c}.{d}."),
        8 => wide(format!("{a}.{b}.{c}.{d}")),
        9 => format!("{a}。{b}．{c}｡{d}"),
        10 => format!("{a}.{b}.{c}.{d}").bytes().map(|byte| format!("%{byte:02x}")).collect(),
        11 => format!("0000{a:o}.00{b:o}.0x00{c:x}.{d}"),
        12 => format!("[::ffff:{a}.{b}.{c}.{d}]"),
        13 => format!("[::ffff:{:x}:{:x}]", address >> 16, address & 0xffff),
        14 => format!("[64:ff9b::{:x}:{:x}]", address >> 16, address & 0xffff),
        _ => format!("[0:0:0:0:0:FFFF:{a}.{b}.{c}.{d}]"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn every_form_of_an_ipv4_address_has_the_verdict_of_the_address(any: u32, near in 0_usize..16, form in 0_u8..16) {
        const NEAR: [u32; 8] =
            [0x7f00_0000, 0x0a00_0000, 0xa9fe_a9fe, 0xac10_0000, 0xc0a8_0000, 0x6440_0000, 0xa83f_8110, 0xe000_0000];
        let address = NEAR.get(near).map_or(any, |base| base.wrapping_add(any & 0xffff));
        let expected = policy().require_address(SocketAddr::new(Ipv4Addr::from_bits(address).into(), 80));
        let text = format!("http://{}/", written(address, form));
        prop_assert_eq!(parse(&text).map(|_| Grant::Public), expected, "{}", text);
    }

    #[test]
    fn every_form_of_an_ipv6_address_has_the_verdict_of_the_address(bits: u128, form in 0_u8..3) {
        let address = Ipv6Addr::from_bits(bits);
        let [a, b, c, d, e, f, g, h] = address.segments();
        let [.., w, x, y, z] = address.octets();
        let text = match form {
            0 => format!("http://[{address}]/"),
            1 => format!("http://[{a:04X}:{b:04X}:{c:04X}:{d:04X}:{e:04X}:{f:04X}:{g:04X}:{h:04X}]/"),
            _ => format!("http://[{a:x}:{b:x}:{c:x}:{d:x}:{e:x}:{f:x}:{w}.{x}.{y}.{z}]/"),
        };
        let expected = policy().require_address(SocketAddr::new(address.into(), 80));
        prop_assert_eq!(parse(&text).map(|_| Grant::Public), expected, "{}", text);
    }

    #[test]
    fn whatever_text_is_judged_without_a_panic_and_what_passes_is_what_is_asked(text in "\\PC{0,60}", host in "[0-9a-fx.:%\\[\\]]{0,30}") {
        for url in [text, format!("http://{host}/"), format!("https://{host}:8443")] {
            if let Ok(target) = parse(&url) {
                prop_assert!(matches!(target.url.scheme(), "http" | "https"));
                let again = parse(target.url.as_str()).map(|again| again.url);
                prop_assert_eq!(again, Ok(target.url));
            }
        }
    }
}
