//! Programs an agent would write. They pass the policy, and print what CPython prints, byte for byte.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use aipaygen_code::{Program, check_source};

use crate::support::corpus::{Sample, read};
use crate::support::{program, sandbox};

/// What every program finds on its standard input.
const STDIN: &str = "3\n10 20 30\nthe quick brown fox\n";

/// The machine's own Python, past any shim that would start it slowly.
fn interpreter() -> &'static str {
    static FOUND: OnceLock<String> = OnceLock::new();
    FOUND.get_or_init(|| {
        let asked = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
        let output = asked.expect("python3 is what the sandbox is compared with");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    })
}

/// What the machine's own Python prints, its randomness seeded as the run's is.
fn native(code: &str) -> (String, bool) {
    let mut python = Command::new(interpreter())
        .args(["-I", "-X", "utf8", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // JSON of a text is a literal of Python too.
    let (stdin, code) = (serde_json::to_string(STDIN).unwrap(), serde_json::to_string(code).unwrap());
    let frame = format!(
        "import io, sys, random\nsys.stdin = io.StringIO({stdin})\nrandom.seed(1)\n\
         exec(compile({code}, 'main.py', 'exec'), {{'__name__': '__main__'}})"
    );
    python.stdin.take().unwrap().write_all(frame.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

#[test]
fn none_is_rejected() {
    let samples = read("ordinary");
    assert!(samples.len() >= 60, "{}", samples.len());
    for Sample { name, code, .. } in samples {
        assert_eq!(check_source(&code), [], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_prints_what_cpython_prints() {
    let sandbox = sandbox();
    let mut wrong = Vec::new();
    for Sample { name, code, .. } in read("ordinary") {
        let given = Program { stdin: STDIN.into(), seed: Some(1), ..program(&code) };
        let outcome = sandbox.run(given).await.unwrap();
        let (expected, succeeds) = native(&code);
        if outcome.stdout != expected || outcome.failure.is_none() != succeeds || outcome.limit.is_some() {
            wrong.push(format!(
                "{name}\n--- expected\n{expected}--- found {:?}\n{}{}",
                outcome.limit, outcome.stdout, outcome.stderr
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
