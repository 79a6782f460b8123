//! A migration that was released is never edited: a database that has it would refuse to start. A new one gets a
//! line in `migrations.sha256`; until the first release a line may be made anew.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::repository;

const LISTED: &str = "tests/tidy/migrations.sha256";

#[test]
fn no_migration_is_edited() {
    let mut check = Command::new("sha256sum");
    check.args(["--check", "--strict", "--quiet", LISTED]);
    let output = check.current_dir(repository()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn every_migration_is_listed() {
    let listed = std::fs::read_to_string(repository().join(LISTED)).unwrap();
    let listed: BTreeSet<_> = listed.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    let found = Command::new("find").args(["migrations", "-path", "*/*/*/*.sql"]).current_dir(repository()).output();
    let found = String::from_utf8(found.unwrap().stdout).unwrap();
    assert_eq!(listed, found.lines().collect());
}
