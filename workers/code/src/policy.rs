//! Says before a program is run, and before it is charged, what it does that no run may do.
//!
//! It gives clear early errors; it is not the boundary. What a program builds at run time cannot be seen here,
//! and the sandbox contains it.

mod finding;
mod format_fields;
mod gate;
mod modules;
mod names;
mod syntax;
mod walk;

use std::thread;

pub use finding::{Finding, Rule};

/// Parsing, walking and dropping a tree recurse. The gate bounds how deep; this is far more than it lets through,
/// and only what is touched becomes memory.
const STACK_BYTES: usize = 128 * 1024 * 1024;
/// The longest program that can be checked: a bound of the parser's, not a setting.
const SOURCE_BYTES_MAX: usize = 64 * 1024;
/// A caller reads a few, and a reply has an end.
const FINDINGS_MAX: usize = 100;

/// Everything a program does that no run may do, in the order of its lines; empty if it may run.
#[must_use]
pub fn check_source(source: &str) -> Vec<Finding> {
    check_source_up_to(source, SOURCE_BYTES_MAX)
}

/// The same with a shorter bound on the length of a program.
#[must_use]
pub fn check_source_up_to(source: &str, source_bytes_max: usize) -> Vec<Finding> {
    if let Err(finding) = gate::check(source, source_bytes_max.min(SOURCE_BYTES_MAX)) {
        return vec![finding];
    }
    thread::scope(|scope| {
        let parse = thread::Builder::new().name("sandbox-policy".into()).stack_size(STACK_BYTES);
        let findings = parse.spawn_scoped(scope, || check_gated(source)).map(thread::ScopedJoinHandle::join);
        match findings {
            Ok(Ok(findings)) => findings,
            // Without a verdict nothing runs.
            Err(_) | Ok(Err(_)) => vec![Finding::at_start(Rule::Unchecked)],
        }
    })
}

fn check_gated(source: &str) -> Vec<Finding> {
    let mut findings = match syntax::parse(source) {
        Ok(module) => walk::check(&module, source),
        Err(findings) => findings,
    };
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings.truncate(FINDINGS_MAX);
    findings
}
