//! Several tools under one payment: a batch of calls that know nothing of each other, or steps of which each may say
//! `{{prev}}` for what the one before has answered.
//!
//! It costs what its steps cost, and at least its own price; what a step that failed would have cost is given back.
//! A payment or a voucher cannot be given back in part: there, one step that fails makes the whole a failure.
//! A step is never a composition itself, so that nothing escapes what was charged.

mod results;

use std::time::{Duration, Instant};

use aipaygen_bus::tool::{ToolOutcome, ToolRequest, Used, run_subject};
use aipaygen_catalog::{Catalog, Invalid, Tool, Violation};
use aipaygen_events::MicroUsd;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};

use super::run::{Outcome, refused_by_the_bus};
use super::{Offer, Order};
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};
use results::{Done, outcome, problem};

/// The queue of tools that are made of other tools. It has no worker: the ingress puts them together.
const QUEUE: &str = "compose";
/// What is sold by the call of a third party, at a price of its own.
const THIRD_PARTY: &str = "api_call";
/// What answers the prompts of a chain.
const CHAT: &str = "chat";
/// What stands for the answer of the step before.
const PREVIOUS: &str = "{{prev}}";
/// How many calls of a batch are worked on at once.
const CALLS_AT_ONCE: usize = 4;

/// What is to be done, held against the catalogue.
pub(super) struct Plan {
    steps: Vec<Step>,
    /// Whether each step waits for the one before.
    in_turn: bool,
    /// What it costs if every step is answered.
    pub(super) price: MicroUsd,
}

/// One call of a tool.
struct Step {
    tool: String,
    queue: String,
    timeout: Duration,
    price: MicroUsd,
    input: Value,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    calls: Vec<CallOf>,
    #[serde(default)]
    steps: Vec<CallOf>,
    #[serde(default)]
    prompts: Vec<String>,
    #[serde(default)]
    model: Option<String>,
}

#[derive(Deserialize)]
struct CallOf {
    tool: String,
    input: Value,
}

impl Plan {
    /// Whether the body decides what it costs.
    pub(super) fn decides_the_price(offer: &Offer) -> bool {
        offer.queue == QUEUE
    }

    /// What the body asks for; `None` if another tool is sold.
    pub(super) fn prepare(ingress: &Ingress, offer: &Offer, body: &[u8]) -> Result<Option<Self>, Problem> {
        if !Self::decides_the_price(offer) {
            return Ok(None);
        }
        // It was validated against the tool's schema.
        let body: Body = serde_json::from_slice(body).map_err(|_| Kind::Internal)?;
        let in_turn = body.calls.is_empty();
        let member = match (in_turn, body.prompts.is_empty()) {
            (false, _) => "calls",
            (true, true) => "steps",
            (true, false) => "prompts",
        };
        let prompts = body.prompts.iter().map(|prompt| chat(prompt, body.model.as_deref()));
        let calls = body.calls.into_iter().chain(body.steps).chain(prompts);
        let steps = calls.enumerate().map(|(place, call)| {
            Step::prepare(&ingress.catalog, call, in_turn).map_err(|found| at(&format!("/{member}/{place}"), found))
        });
        let steps = steps.collect::<Result<Vec<_>, _>>().map_err(|violations| Kind::InvalidBody { violations })?;
        let sum = steps.iter().map(|step| step.price).try_fold(MicroUsd::ZERO, MicroUsd::checked_add);
        let price = sum.ok_or(Kind::Internal)?.max(offer.price);
        Ok(Some(Self { steps, in_turn, price }))
    }

    /// Has the steps done.
    pub(super) async fn run(&self, ingress: &Ingress, order: &Order) -> Outcome {
        let deadline = Instant::now() + order.offer.timeout;
        let done = if self.in_turn {
            self.run_in_turn(ingress, order, deadline).await
        } else {
            self.run_at_once(ingress, order, deadline).await
        };
        outcome(self.price, self.in_turn, order.tender.is_balance(), done)
    }

    async fn run_at_once(&self, ingress: &Ingress, order: &Order, deadline: Instant) -> Vec<Done> {
        let mut calls: Vec<BoxFuture<'_, Done>> = Vec::new();
        for step in &self.steps {
            calls.push(step.run(ingress, order, step.input.clone(), deadline).boxed());
        }
        futures::stream::iter(calls).buffered(CALLS_AT_ONCE).collect().await
    }

    /// Until one fails: those after it are not done.
    async fn run_in_turn(&self, ingress: &Ingress, order: &Order, deadline: Instant) -> Vec<Done> {
        let mut done: Vec<Done> = Vec::new();
        for step in &self.steps {
            let previous = done.last().map(|done| &done.answer);
            let next = match previous {
                Some(Err(_)) => step.failed(problem(409, "not-run", "A step before it has failed.")),
                Some(Ok(answer)) => match step.after(ingress, &text_of(ingress, done.last(), answer)) {
                    Ok(input) => step.run(ingress, order, input, deadline).await,
                    Err(problem) => step.failed(problem),
                },
                None => step.run(ingress, order, step.input.clone(), deadline).await,
            };
            done.push(next);
        }
        done
    }
}

impl Step {
    fn prepare(catalog: &Catalog, call: CallOf, in_turn: bool) -> Result<Self, Vec<Violation>> {
        let tool = catalog.get(&call.tool).filter(|tool| tool.queue != QUEUE && tool.name != THIRD_PARTY);
        let tool = tool.ok_or_else(|| vec![violation("/tool", "is a tool that can be part of another")])?;
        // What stands in for an answer is held against the schema when it is known.
        if !(in_turn && call.input.to_string().contains(PREVIOUS)) {
            validate(tool, &call.input).map_err(|found| at("/input", found))?;
        }
        Ok(Self {
            tool: tool.name.clone(),
            queue: tool.queue.clone(),
            timeout: Duration::from_millis(tool.timeout_ms),
            price: tool.price,
            input: call.input,
        })
    }

    /// The input, with the answer of the step before in its places.
    fn after(&self, ingress: &Ingress, previous: &str) -> Result<Value, Value> {
        let input = filled(&self.input, previous);
        if input.to_string().len() > ingress.settings.body_bytes_max {
            return Err(problem(422, "input-too-large", "What came before makes the input too large."));
        }
        let tool = ingress.catalog.get(&self.tool).ok_or_else(|| problem(500, "internal", "The tool is gone."))?;
        match validate(tool, &input) {
            Ok(()) => Ok(input),
            Err(violations) => {
                let mut found = problem(422, "invalid-body", "With what came before it is not what the tool takes.");
                found["violations"] = json!(violations);
                Err(found)
            }
        }
    }

    async fn run(&self, ingress: &Ingress, order: &Order, input: Value, deadline: Instant) -> Done {
        let request = ToolRequest {
            tool: self.tool.clone(),
            request: order.request,
            traceparent: order.input.traceparent.clone(),
            body: input.to_string().into(),
        };
        let deadline = deadline.min(Instant::now() + self.timeout);
        let failed = |status, code: &str, body: &[u8]| {
            let detail: Value = serde_json::from_slice(body).unwrap_or_default();
            self.failed(problem(status, code, detail["detail"].as_str().unwrap_or_default()))
        };
        match request.send(ingress.bus.as_ref(), &run_subject(&self.queue), deadline).await {
            Ok(ToolOutcome::Answered { body, tokens, model }) => Done {
                tool: self.tool.clone(),
                price: self.price,
                used: Used { tokens, model },
                answer: serde_json::from_slice(&body).map_err(|_| problem(502, "tool-failed", "It is not JSON.")),
            },
            Ok(ToolOutcome::Rejected { status, code, body } | ToolOutcome::Upstream { status, code, body }) => {
                failed(status, &code, &body)
            }
            Ok(ToolOutcome::Failed) => failed(502, "tool-failed", b""),
            Err(error) => {
                let kind = refused_by_the_bus(ingress, &error);
                failed(kind.status().as_u16(), kind.slug(), b"")
            }
        }
    }

    fn failed(&self, problem: Value) -> Done {
        Done { tool: self.tool.clone(), price: self.price, used: Used::default(), answer: Err(problem) }
    }
}

fn chat(prompt: &str, model: Option<&str>) -> CallOf {
    let mut input = json!({ "messages": [{ "role": "user", "content": prompt }] });
    if let Some(model) = model {
        input["model"] = model.into();
    }
    CallOf { tool: CHAT.to_owned(), input }
}

/// What the step after it sees of an answer: the text of a tool that answers with one, or else all of it.
fn text_of(ingress: &Ingress, done: Option<&Done>, answer: &Value) -> String {
    let tool = done.and_then(|done| ingress.catalog.get(&done.tool));
    let member = tool.and_then(|tool| tool.model.as_ref()?.text_in.as_deref());
    match member.and_then(|member| answer[member].as_str()) {
        Some(text) => text.to_owned(),
        None => answer.to_string(),
    }
}

fn filled(value: &Value, previous: &str) -> Value {
    match value {
        Value::String(text) => text.replace(PREVIOUS, previous).into(),
        Value::Array(values) => values.iter().map(|value| filled(value, previous)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), filled(value, previous))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn validate(tool: &Tool, input: &Value) -> Result<(), Vec<Violation>> {
    tool.validate(input.to_string().as_bytes()).map_err(|invalid| match invalid {
        Invalid::Shape(violations) => violations,
        Invalid::Syntax { .. } => vec![violation("", "is JSON")],
    })
}

fn violation(field: &str, message: &str) -> Violation {
    Violation { field: field.to_owned(), rule: "step".to_owned(), message: message.to_owned() }
}

fn at(place: &str, violations: Vec<Violation>) -> Vec<Violation> {
    violations.into_iter().map(|found| Violation { field: format!("{place}{}", found.field), ..found }).collect()
}
