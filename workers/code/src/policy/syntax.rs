//! Parses a gated program as Python 3.14, or says where it is not.

use ruff_python_ast::{ModModule, PythonVersion};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;

use super::finding::{Finding, Findings, Rule};

pub(super) fn parse(source: &str) -> Result<ModModule, Vec<Finding>> {
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::PY314);
    let parsed = parse_unchecked(source, options);
    let mut findings = Findings::new(source);
    for error in parsed.errors() {
        findings.add(Rule::SyntaxError, error.error.to_string(), error.start());
    }
    for error in parsed.unsupported_syntax_errors() {
        findings.add(Rule::SyntaxError, error.to_string(), error.start());
    }
    let findings = findings.into_vec();
    match parsed.try_into_module() {
        Some(module) if findings.is_empty() => Ok(module.into_syntax()),
        Some(_) => Err(findings),
        None => Err(vec![Finding::at_start(Rule::Unchecked)]),
    }
}
