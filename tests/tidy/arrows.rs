//! The arrows between the crates point one way, and this is the table of them.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::support::repository;

/// Each crate, and all the crates of ours that it may name.
const ARROWS: &[(&str, &[&str])] = &[
    ("aipaygen-events", &[]),
    ("aipaygen-catalog", &["events"]),
    ("aipaygen-journal", &["events"]),
    ("aipaygen-bus", &["events", "x402"]),
    ("aipaygen-x402", &[]),
    ("aipaygen-sealed", &["events"]),
    ("aipaygen-vault", &["catalog", "events", "journal", "sealed"]),
    ("aipaygen-projections", &["events", "journal"]),
    ("aipaygen-api", &["bus", "catalog", "events", "projections", "x402"]),
    ("aipaygen-payments", &["bus", "events", "journal", "projections", "x402"]),
    ("aipaygen-keeper", &["bus", "catalog", "events", "journal", "projections", "sealed", "vault"]),
    ("aipaygen-apart", &["bus"]),
    ("aipaygen-fetch", &["apart", "bus", "events", "sealed"]),
    ("aipaygen-ai", &["bus", "catalog", "embedded", "events"]),
    ("aipaygen-embedded", &[]),
    ("aipaygen-code", &["apart", "bus", "events", "precompile"]),
    ("aipaygen-precompile", &[]),
    ("aipaygen-testchain", &["x402"]),
    (
        "aipaygen",
        &[
            "ai",
            "api",
            "bus",
            "catalog",
            "code",
            "events",
            "fetch",
            "journal",
            "keeper",
            "payments",
            "projections",
            "sealed",
            "vault",
            "x402",
        ],
    ),
];

/// What the process that runs strangers' code must not have: a database, a way out, keys to sign
/// with, a compiler, an operating system for the guest.
const NOT_IN_CODE: &[&str] = &[
    "aipaygen-journal",
    "aipaygen-payments",
    "aipaygen-projections",
    "cranelift-codegen",
    "ed25519-dalek",
    "hyper",
    "libsqlite3-sys",
    "reqwest",
    "sqlx-core",
    "wasmtime-wasi",
];

#[test]
fn every_crate_has_its_row() {
    let rows: BTreeSet<_> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(rows, ours().into_keys().collect());
}

#[test]
fn no_arrow_but_those_of_the_table() {
    let ours = ours();
    for (name, allowed) in ARROWS {
        let allowed: BTreeSet<_> = allowed.iter().map(|to| format!("aipaygen-{to}")).collect();
        let extra: Vec<_> = ours[*name].difference(&allowed).collect();
        assert!(extra.is_empty(), "{name} must not know {extra:?}");
    }
}

#[test]
fn the_process_that_runs_strangers_code_has_no_database_and_no_way_out() {
    let tree = tree(&["-p", "aipaygen-code"]);
    assert!(tree.contains("wasmtime"), "this looked at another tree: {tree:?}");
    for name in NOT_IN_CODE {
        assert!(!tree.contains(*name), "aipaygen-code is linked with {name}");
    }
}

/// What the process that fetches strangers' pages must not have: a database, keys to sign with, another's proxy.
const NOT_IN_FETCH: &[&str] = &[
    "aipaygen-journal",
    "aipaygen-payments",
    "aipaygen-projections",
    "aipaygen-vault",
    "ed25519-dalek",
    "libsqlite3-sys",
    "sqlx-core",
    "system-configuration",
    "wasmtime",
];

#[test]
fn the_process_that_fetches_strangers_pages_has_no_database() {
    let tree = tree(&["-p", "aipaygen-fetch"]);
    assert!(tree.contains("reqwest"), "this looked at another tree: {tree:?}");
    for name in NOT_IN_FETCH {
        assert!(!tree.contains(*name), "aipaygen-fetch is linked with {name}");
    }
}

#[test]
fn the_service_is_linked_without_the_chain_of_the_tests() {
    assert!(!tree(&["-p", "aipaygen"]).contains("aipaygen-testchain"));
}

#[test]
fn the_service_is_linked_without_a_compiler() {
    let compiler = "cranelift-codegen";
    assert!(!tree(&["-p", "aipaygen"]).contains(compiler));
    assert!(tree(&["-p", "aipaygen-precompile", "--features", "compiler"]).contains(compiler));
}

/// Our crates, each with those of ours that it is built from; what only its tests use is left out.
fn ours() -> BTreeMap<String, BTreeSet<String>> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--no-deps"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| (text(&package["name"]), named(package))).collect()
}

fn named(package: &Value) -> BTreeSet<String> {
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    let built_from = dependencies.filter(|dependency| dependency["kind"] != "dev");
    let names = built_from.map(|dependency| text(&dependency["name"]));
    names.filter(|name| name.starts_with("aipaygen")).collect()
}

/// The names of all crates that are linked into one of ours.
fn tree(package: &[&str]) -> BTreeSet<String> {
    let listed = cargo(&[&["tree", "-e", "normal", "--prefix", "none", "-f", "{p}"], package].concat());
    let names = listed.lines().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

fn cargo(arguments: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments).args(["--offline", "--locked"]).current_dir(repository());
    if arguments[0] == "metadata" {
        cargo.args(["--format-version", "1"]);
    }
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
