//! Programs that mean harm, one trick each. With the policy they are rejected or contained; without it they
//! are contained all the same.

use std::time::{Duration, Instant};

use aipaygen_code::{Outcome, Program, Sandbox, Settings, check_source};

use crate::support::corpus::{Sample, read};
use crate::support::host::{Host, learnt};
use crate::support::{program, settings};

const TIMEOUT: Duration = Duration::from_millis(300);
/// How late a deadline may be noticed on a machine that does other things too.
const LATE: Duration = Duration::from_secs(5);

#[test]
fn there_are_many_and_each_has_a_name_of_its_own() {
    let mut names: Vec<_> = read("hostile").into_iter().map(|sample| sample.name).collect();
    assert!(names.len() >= 150, "{}", names.len());
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn each_is_rejected_by_its_rule_or_left_to_the_sandbox() {
    let mut wrong = Vec::new();
    for Sample { name, expected, code } in read("hostile") {
        let rules: Vec<_> = check_source(&code).iter().map(|finding| finding.rule.id()).collect();
        let right = if expected == "contained" { rules.is_empty() } else { rules.contains(&expected.as_str()) };
        if !right {
            wrong.push(format!("{name}: expected {expected}, found {rules:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_contained_with_the_policy_switched_off() {
    let sandbox = Sandbox::try_new(Settings { memory_bytes_max: 96 * 1024 * 1024, ..settings() }).unwrap();
    // The first run maps what all of them share.
    sandbox.run(program("1")).await.unwrap();
    let before = Host::now();
    for sample in read("hostile") {
        let started = Instant::now();
        let hostile = Program { timeout: Some(TIMEOUT), ..program(&sample.code) };
        let outcome = sandbox.run(hostile).await.unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        assert!(started.elapsed() < TIMEOUT + LATE, "{} took {:?}", sample.name, started.elapsed());
        assert_eq!(learnt(&outcome), None, "{} learnt something", sample.name);
        bounded(&sample.name, &outcome);
        assert!(before == Host::now(), "{} changed the host", sample.name);
    }
    let honest = sandbox.run(program("print(sum(range(10)))")).await.unwrap();
    assert_eq!((honest.stdout.as_str(), honest.limit), ("45\n", None));
}

/// Nothing that comes back is larger than a run may hand back.
fn bounded(name: &str, outcome: &Outcome) {
    let most = settings().output_bytes_max;
    let failure = outcome.failure.as_ref().map_or(0, |failure| failure.kind.len() + failure.message.len());
    let files: usize = outcome.files.iter().map(|file| file.content.len()).sum();
    for (what, bytes) in [
        ("stdout", outcome.stdout.len()),
        ("stderr", outcome.stderr.len()),
        ("value", outcome.value.as_ref().map_or(0, String::len)),
        ("failure", failure),
        ("files", files),
    ] {
        assert!(bytes <= 3 * most, "{name}: {what} is {bytes} bytes");
    }
}
