//! What the ingress is told: the outcome of a run, or the findings about a program.

use aipaygen_bus::tool::ToolOutcome;
use bytes::Bytes;
use serde::Serialize;

use crate::answer::Answer;
use crate::policy::Finding;
use crate::program::Outcome;

#[derive(Serialize)]
struct Rejection<'a> {
    detail: &'static str,
    findings: &'a [Finding],
}

/// A run, however it ended.
pub(super) fn answered(outcome: Outcome) -> ToolOutcome {
    match Answer::from(outcome).into_body() {
        Ok(body) => ToolOutcome::Answered { body: Bytes::from(body), tokens: Default::default(), model: None },
        Err(_) => ToolOutcome::Failed,
    }
}

/// A program that may run.
pub(super) fn passed() -> ToolOutcome {
    ToolOutcome::Answered { body: Bytes::from_static(b"{}"), tokens: Default::default(), model: None }
}

/// A program that may not.
pub(super) fn rejected(findings: &[Finding]) -> ToolOutcome {
    refusal("code-rejected", "The program does what no program may do here.", findings)
}

/// A request that holds no program.
pub(super) fn invalid() -> ToolOutcome {
    refusal("invalid-input", "The request is not one for a run.", &[])
}

fn refusal(code: &str, detail: &'static str, findings: &[Finding]) -> ToolOutcome {
    match serde_json::to_vec(&Rejection { detail, findings }) {
        Ok(body) => ToolOutcome::Rejected { status: 422, code: code.to_owned(), body: Bytes::from(body) },
        Err(_) => ToolOutcome::Failed,
    }
}
