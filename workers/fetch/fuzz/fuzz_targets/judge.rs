//! The guard gives a verdict on any text, and what it passes is what is asked: `cargo +nightly fuzz run judge` in
//! `workers/fetch`, with the URLs of `tests/ssrf/corpus.tsv` as seeds.
#![no_main]

use std::net::IpAddr;

use aipaygen_fetch::guard::{Grant, Policy, Settings, Target};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, Vec<IpAddr>)| {
    let (url, location, answer) = input;
    let policy = Policy::new(Settings {
        ports: vec![80, 443, 8080, 8443],
        denied: vec![],
        denied_names: vec![],
        allowed: vec![],
        allowed_names: vec![],
    });
    let Ok(target) = Target::parse(&policy, url) else { return };
    let again = Target::parse(&policy, target.url().as_str()).expect("a URL that passes reads back");
    assert_eq!(again.url(), target.url());
    if let Ok(checked) = target.clone().check(&policy, &answer) {
        assert_eq!(checked.grant(), Grant::Public);
        for address in checked.addresses() {
            let literal = Target::parse(&policy, &format!("http://{address}/"));
            assert!(literal.is_ok(), "{address} is refused as itself");
        }
    }
    if let Ok(next) = target.follow(&policy, location, 1, 5) {
        assert!(target.url().scheme() == "http" || next.url().scheme() == "https");
    }
});
