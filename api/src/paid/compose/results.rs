//! What became of the steps of a composition: an answer or a problem each, and what that costs.

use aipaygen_bus::tool::Used;
use aipaygen_events::MicroUsd;
use aipaygen_events::account::{RefundReason, Tokens};
use serde_json::{Map, Value, json};

use super::super::run::Outcome;
use crate::problem::Kind;

/// What became of one step.
pub(super) struct Done {
    pub(super) tool: String,
    /// What it costs if it is answered.
    pub(super) price: MicroUsd,
    pub(super) used: Used,
    pub(super) answer: Result<Value, Value>,
}

/// Why a step has no answer.
pub(super) fn problem(status: u16, code: &str, detail: &str) -> Value {
    json!({ "status": status, "code": code, "detail": detail })
}

/// The answer to the whole, if there is one to any part of it. What a part that failed would have cost is given back.
/// Where that cannot be done in part, nothing is kept.
pub(super) fn outcome(charged: MicroUsd, in_turn: bool, divisible: bool, done: Vec<Done>) -> Outcome {
    let failed = done.iter().filter(|done| done.answer.is_err());
    let given_back = failed.map(|done| done.price).try_fold(MicroUsd::ZERO, MicroUsd::checked_add);
    let price = given_back.and_then(|given_back| charged.checked_sub(given_back)).unwrap_or_default();
    if done.iter().all(|done| done.answer.is_err()) {
        return unpaid("nothing-answered", "No part of it was answered.", done);
    }
    if price != charged && !divisible {
        return unpaid("partly-answered", "A part of it failed, and what paid cannot be given back in part.", done);
    }
    let tokens = done.iter().fold(Tokens::default(), |sum, done| Tokens {
        input: sum.input.saturating_add(done.used.tokens.input),
        output: sum.output.saturating_add(done.used.tokens.output),
    });
    let mut body = json!({ "price_micro_usd": price, "given_back_micro_usd": charged.checked_sub(price) });
    if in_turn {
        body["answer"] = done.last().and_then(|done| done.answer.as_ref().ok()).cloned().unwrap_or_default();
    }
    body["results"] = done.into_iter().map(result).collect();
    let cost = (price != charged).then_some(price);
    Outcome::Answered { body: body.to_string().into(), used: Used { tokens, model: None }, cost }
}

/// The caller pays nothing, and is refused if it was all the caller's doing.
fn unpaid(code: &str, detail: &str, done: Vec<Done>) -> Outcome {
    let of_caller = |done: &Done| {
        let status = done.answer.as_ref().err().and_then(|problem| problem["status"].as_u64());
        status.is_some_and(|status| (400..500).contains(&status))
    };
    let refused = done.iter().all(of_caller);
    // What is not paid for is not handed out.
    let results: Value =
        done.into_iter().map(|done| result(Done { answer: done.answer.map(|_| Value::Null), ..done })).collect();
    let members = Map::from_iter([("detail".to_owned(), detail.into()), ("results".to_owned(), results)]);
    let (code, members) = (code.to_owned(), Box::new(members));
    if refused {
        return Outcome::Rejected(Kind::Rejected { status: 422, code, members });
    }
    Outcome::Failed { kind: Kind::Upstream { status: 502, code, members }, reason: RefundReason::ToolFailed }
}

fn result(done: Done) -> Value {
    let Done { tool, price, used: _, answer } = done;
    match answer {
        Ok(answer) => json!({ "tool": tool, "ok": true, "price_micro_usd": price, "answer": answer }),
        Err(problem) => json!({ "tool": tool, "ok": false, "price_micro_usd": 0, "error": problem }),
    }
}
