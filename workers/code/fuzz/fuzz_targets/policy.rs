//! The policy gives a verdict on any text, in bounded time and stack: `cargo +nightly fuzz run policy` in
//! `workers/code`, with the programs of `tests/hostile` and `tests/ordinary` as seeds.
#![no_main]

use std::time::{Duration, Instant};

use aipaygen_code::{Rule, check_source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let started = Instant::now();
    let findings = check_source(source);
    assert!(started.elapsed() < Duration::from_secs(5), "a verdict took {:?}", started.elapsed());
    assert!(findings.iter().all(|finding| finding.rule != Rule::Unchecked), "there is no verdict");
});
