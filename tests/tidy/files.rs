//! The habits of our files. A remark that was made twice becomes a row here.

use std::fs;
use std::process::Command;

use crate::support::repository;

/// Where a word must not stand, the word, and what to do instead.
type Ban = (fn(&str) -> bool, &'static str, &'static str);

/// The words are split here so that this file does not find itself.
const BANNED: &[Ban] = &[
    (anywhere, concat!("#[", "allow("), "expect the lint, with a reason"),
    (anywhere, concat!("#![", "allow("), "expect the lint, with a reason"),
    (anywhere, concat!("#[", "ignore]"), "say why it does not run"),
    (anywhere, concat!("dbg", "!("), "log it, or leave it out"),
    (below_the_root, concat!("env", "::var("), "only src/ reads the environment"),
    (pure, concat!("async", " fn"), "a decision waits for nothing"),
    (pure, concat!("SystemTime", "::now"), "the shell stamps the time"),
    (pure, concat!("now", "_v7"), "the shell gives new ids"),
    (pure, concat!("tracing", "::"), "a decision logs nothing"),
    (pure, concat!("std", "::fs"), "a decision reads nothing"),
];

/// The seam is looked for at this many lines, blank ones and comments left out.
const LINES_MAX: usize = 250;

#[test]
fn every_file_says_what_it_is() {
    all_files_satisfy("open with a //! sentence", |_, text| text.lines().take(2).any(|line| line.starts_with("//!")));
}

#[test]
fn a_module_is_named_after_its_file() {
    all_files_satisfy("be foo.rs beside foo/", |path, _| !path.ends_with("/mod.rs") || is_test(path));
}

#[test]
fn no_file_tells_two_things() {
    let code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
    all_files_satisfy("be at most 250 lines of code", |_, text| text.lines().filter(code).count() <= LINES_MAX);
}

#[test]
fn no_banned_word() {
    for (applies, word, instead) in BANNED {
        let rule = format!("not say `{word}`: {instead}");
        all_files_satisfy(&rule, |path, text| !applies(path) || !text.contains(word));
    }
}

/// Cargo inherits all lints or none: the crates that map machine code, and files of weights, repeat them, but for one.
#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let manifests = files("*Cargo.toml");
    let root = manifest(&manifests, "Cargo.toml");
    for (path, _) in &manifests {
        let mut lints = manifest(&manifests, path)["lints"].clone();
        if ["workers/code/Cargo.toml", "workers/ai/embedded/Cargo.toml"].contains(&path.as_str()) {
            lints["rust"]["unsafe_code"] = "forbid".into();
            assert_eq!(lints, root["workspace"]["lints"], "{path}");
        } else {
            assert_eq!(lints["workspace"], toml::Value::Boolean(true), "{path}");
        }
    }
}

fn manifest(manifests: &[(String, String)], path: &str) -> toml::Table {
    let (_, text) = manifests.iter().find(|(name, _)| name == path).unwrap();
    text.parse().unwrap()
}

fn anywhere(_: &str) -> bool {
    true
}

fn is_test(path: &str) -> bool {
    ["tests/", "benches/"].iter().any(|dir| path.starts_with(dir) || path.contains(&format!("/{dir}")))
}

fn below_the_root(path: &str) -> bool {
    path.contains("/src/") && !is_test(path)
}

fn pure(path: &str) -> bool {
    (path.starts_with("events/src/") || path.starts_with("catalog/src/"))
        && !path.contains("specs")
        && !path.contains("tests")
}

fn all_files_satisfy(rule: &str, kept: impl Fn(&str, &str) -> bool) {
    let files = files("*.rs");
    assert!(files.len() > 20, "the sources are not found");
    let broken = files.iter().filter(|(path, text)| !kept(path, text));
    let broken: Vec<_> = broken.map(|(path, _)| path).collect();
    assert!(broken.is_empty(), "these must {rule}: {broken:#?}");
}

/// The files of the repository that match a pattern, new ones included, with their text.
fn files(pattern: &str) -> Vec<(String, String)> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"]);
    let output = git.args(["--", pattern]).current_dir(repository()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).unwrap();
    let read = |path: &str| Some((path.to_owned(), fs::read_to_string(repository().join(path)).ok()?));
    listed.lines().filter_map(read).collect()
}
