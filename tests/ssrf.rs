//! `aipaygen ssrf check`: the guard, as anyone can test it.

use std::fs;

use crate::support::cli::{self, Said, run};
use crate::support::repository;

fn check(arguments: &[&str]) -> Said {
    let dir = tempfile::tempdir().unwrap();
    run(&cli::settings(dir.path()), &[&["ssrf", "check"], arguments].concat())
}

fn check_corpus(text: &str) -> Said {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    check(&["--corpus", file.path().to_str().unwrap()])
}

#[test]
fn the_guard_has_the_verdicts_of_the_corpus() {
    let file = repository().join("tests/ssrf/corpus.tsv");
    let corpus = fs::read_to_string(&file).unwrap();
    let said = check(&["--corpus", file.to_str().unwrap()]);
    let mut wrong = Vec::new();
    let cases = corpus.lines().skip(1);
    assert_eq!(said.stdout.lines().count(), cases.clone().count());
    for (line, case) in said.stdout.lines().zip(cases) {
        let (verdict, columns) = (line.split('\t').next(), case.split('\t').collect::<Vec<_>>());
        assert!(line.ends_with(columns[0]), "{line} is not about {case}");
        if verdict != Some(columns[1]) {
            wrong.push(format!("{line}   <-   {case}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(said.code == 0 && said.stderr.contains("0 of"), "{}", said.stderr);
}

#[test]
fn a_line_for_each_url_in_their_order() {
    let said = check(&["http://127.0.0.1/", "https://example.com/", "ftp://x.y/", "http://1.1.1.1/a b"]).expect(0);
    let expected = "block\tloopback\thttp://127.0.0.1/\nallow\tnot-looked-up\thttps://example.com/\n\
                    block\tscheme\tftp://x.y/\nallow\tpublic\thttp://1.1.1.1/a b\n";
    assert_eq!(said.stdout, expected);
}

#[test]
fn a_verdict_that_is_not_the_corpuss_is_counted_and_ends_in_one() {
    let said = check_corpus(
        "url\tverdict\tnote\nhttp://1.1.1.1/\tblock\t\nhttp://10.0.0.1/\tallow\nhttp://8.8.8.8/\tallow\n",
    );
    assert!(said.code == 1 && said.stderr.contains("2 of 3"), "{said:?}");
    assert_eq!(said.stdout.lines().count(), 3);
}

#[test]
fn what_cannot_be_asked_ends_in_two() {
    check(&[]).expect(2);
    check(&["--corpus", "/nonexistent.tsv"]).expect(2);
    check(&["--corpus", "/dev/null", "http://x.y/"]).expect(2);
    check_corpus("http://1.1.1.1/\tallow\t\n").expect(2);
    check_corpus("url\tverdict\tnote\nhttp://1.1.1.1/\tperhaps\t\n").expect(2);
}

#[test]
fn what_an_operator_allows_and_denies_is_in_the_verdict() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = cli::settings(dir.path());
    settings.push(("AIPAYGEN_FETCH__GUARD__ALLOWED".to_owned(), "[\"10.1.0.0/16 9000\"]".to_owned()));
    settings.push(("AIPAYGEN_FETCH__GUARD__DENIED".to_owned(), "[\"1.1.1.1/32\"]".to_owned()));
    let said =
        run(&settings, &["ssrf", "check", "http://10.1.2.3:9000/", "http://10.1.2.3/", "http://1.1.1.1/"]).expect(0);
    let verdicts: Vec<_> = said.stdout.lines().map(|line| line.rsplit_once('\t').unwrap().0).collect();
    assert_eq!(verdicts, ["allow\tallow-list", "block\tprivate", "block\tdenied-range"]);
}
