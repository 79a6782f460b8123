//! Answers the two subjects: may this program run, and run it.

use std::sync::Arc;

use aipaygen_bus::tool::{ToolOutcome, ToolRequest};
use aipaygen_bus::{Handler, Message, Request};
use async_trait::async_trait;
use tokio::task::spawn_blocking;

use super::passed::Passed;
use super::{reply, request};
use crate::policy::{Finding, Rule, check_source_up_to};
use crate::program::Program;
use crate::runtime::{RunError, Sandbox};

/// What both subjects are answered with.
pub(crate) struct Desk {
    sandbox: Sandbox,
    passed: Option<Passed>,
}

/// Answers whether a program may run, before it is charged.
pub(crate) struct Check(pub(crate) Arc<Desk>);

/// Runs a program, checked again unless it has just passed here.
pub(crate) struct Run(pub(crate) Arc<Desk>);

impl Desk {
    pub(crate) fn new(sandbox: Sandbox) -> Self {
        Self { sandbox, passed: Passed::new() }
    }

    /// The program, if it may run; otherwise the answer.
    async fn checked(&self, program: Program) -> Result<Program, ToolOutcome> {
        if self.passed.as_ref().is_some_and(|passed| passed.contains(&program.code)) {
            return Ok(program);
        }
        let source_bytes_max = self.sandbox.settings().source_bytes_max;
        let verdict = spawn_blocking(move || (check_source_up_to(&program.code, source_bytes_max), program)).await;
        let (findings, program) = verdict.map_err(|_| ToolOutcome::Failed)?;
        if !findings.is_empty() {
            return Err(verdict_of(&findings));
        }
        if let Some(passed) = &self.passed {
            passed.remember(&program.code);
        }
        Ok(program)
    }

    async fn run(&self, program: Program) -> ToolOutcome {
        match self.sandbox.run(program).await {
            Ok(outcome) => reply::answered(outcome),
            Err(RunError::Busy | RunError::Failed) => ToolOutcome::Failed,
        }
    }
}

/// A check that could not be made is our failure, not the program's.
fn verdict_of(findings: &[Finding]) -> ToolOutcome {
    if findings.iter().any(|finding| finding.rule == Rule::Unchecked) {
        return ToolOutcome::Failed;
    }
    reply::rejected(findings)
}

fn program_of(request: Request) -> Result<Program, ToolOutcome> {
    let call = ToolRequest::from_message(request.message).ok_or(ToolOutcome::Failed)?;
    request::parse(&call.body).ok_or_else(reply::invalid)
}

#[async_trait]
impl Handler for Check {
    async fn handle(&self, request: Request) -> Message {
        let outcome = match program_of(request) {
            Ok(program) => self.0.checked(program).await.map_or_else(|refusal| refusal, |_| reply::passed()),
            Err(refusal) => refusal,
        };
        outcome.into_message()
    }
}

#[async_trait]
impl Handler for Run {
    async fn handle(&self, request: Request) -> Message {
        let (cancelled, deadline) = (request.cancelled.clone(), request.deadline.into());
        let outcome = async {
            match self.0.checked(program_of(request)?).await {
                Ok(program) => Ok(self.0.run(program).await),
                Err(refusal) => Err(refusal),
            }
        };
        // Nobody waits any more: the program is not started, or gives up its turn.
        tokio::select! {
            outcome = outcome => outcome.unwrap_or_else(|refusal| refusal).into_message(),
            () = cancelled.cancelled() => ToolOutcome::Failed.into_message(),
            () = tokio::time::sleep_until(deadline) => ToolOutcome::Failed.into_message(),
        }
    }
}
