//! The policy's table of modules inside modules against CPython itself.

use std::collections::BTreeSet;

use crate::support::{program, run, sandbox};

const TABLE: &str = include_str!("../src/policy/inner_modules.txt");
const ALLOWED: &str = include_str!("../guest/modules.txt");

/// Asks every allowed module for what it holds of modules that are not allowed.
const ASK: &str = r"
import sys, types
allowed = set(ALLOWED.split())
packages = {name.rpartition('.')[0] for name in allowed} - {''}
for name in sorted(allowed):
    for attribute, value in sorted(vars(sys.modules[name]).items()):
        inner = isinstance(value, types.ModuleType) and not attribute.startswith('_')
        if inner and f'{name}.{attribute}' not in allowed | packages:
            print(name, attribute)
";

#[tokio::test]
async fn the_table_of_modules_in_modules_is_what_cpython_says() {
    let allowed: Vec<_> = ALLOWED.lines().filter(|line| !line.starts_with('#')).collect();
    let outcome = run(&format!("ALLOWED = '{}'\n{ASK}", allowed.join(" "))).await;
    assert_eq!(outcome.failure, None, "{}", outcome.stderr);
    let told: BTreeSet<_> = outcome.stdout.lines().collect();
    let written: BTreeSet<_> = TABLE.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(told, written, "write what CPython says into inner_modules.txt:\n{}", outcome.stdout);
}

#[tokio::test]
async fn every_allowed_module_can_be_imported() {
    let sandbox = sandbox();
    for module in ALLOWED.lines().filter(|line| !line.starts_with('#')) {
        let outcome = sandbox.run(program(&format!("import {module}"))).await.unwrap();
        assert_eq!((outcome.failure, outcome.limit), (None, None), "{module}");
    }
}
