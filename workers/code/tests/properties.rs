//! Whatever bytes come, the policy gives a verdict, in bounded time, and takes the process down with none.

use std::time::{Duration, Instant};

use aipaygen_code::check_source;
use proptest::prelude::*;

use crate::support::corpus::read;

/// Far above what any program takes, on a machine that does other things too.
const LONGEST: Duration = Duration::from_secs(5);

fn has_a_bounded_verdict(source: &str) -> Result<(), TestCaseError> {
    let started = Instant::now();
    let findings = check_source(source);
    prop_assert!(started.elapsed() < LONGEST, "{:?}", started.elapsed());
    prop_assert!(findings.len() <= 100);
    let lines = source.split(['\n', '\r']).count();
    for finding in findings {
        prop_assert!(finding.rule.id() != "unchecked", "{source:?}");
        prop_assert!(finding.line >= 1 && finding.line <= lines && finding.column >= 1, "{finding:?}");
    }
    Ok(())
}

/// Tokens that make trees deep, one a line.
const TOKENS: &str = include_str!("support/tokens.txt");

/// Tokens in any order, line ends and strange characters among them.
fn tokens() -> impl Strategy<Value = String> {
    let strange = ["\n", "\n\t", "    ", "\\\n", "\u{feff}", "\r", "\u{c}", "\0", "é", "𝐞"];
    let token = prop::sample::select(TOKENS.lines().chain(strange).collect::<Vec<_>>());
    prop::collection::vec(token, 0..400).prop_map(|tokens| tokens.concat())
}

/// A program of the corpus, cut, repeated and spliced with another.
fn mutated() -> impl Strategy<Value = String> {
    let codes: Vec<String> = ["hostile", "ordinary"].iter().flat_map(|d| read(d)).map(|sample| sample.code).collect();
    let code = prop::sample::select(codes);
    (code.clone(), code, any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..200usize).prop_map(
        |(one, other, cut, from, times)| {
            let cut = one.floor_char_boundary(cut.index(one.len() + 1));
            let from = other.floor_char_boundary(from.index(other.len() + 1));
            format!("{}{}{}", &one[..cut], other[from..].repeat(times), &one[cut..])
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_have_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        has_a_bounded_verdict(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_tokens_have_a_verdict(source in tokens()) {
        has_a_bounded_verdict(&source)?;
    }

    #[test]
    fn mutated_programs_have_a_verdict(source in mutated()) {
        has_a_bounded_verdict(&source)?;
    }

    #[test]
    fn one_token_repeated_has_a_verdict(source in tokens().prop_filter("not empty", |t| !t.is_empty())) {
        has_a_bounded_verdict(&source.repeat(60_000 / source.len()))?;
    }
}
