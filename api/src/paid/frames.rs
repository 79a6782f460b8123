//! An answer that comes bit by bit, as server-sent events.

use aipaygen_events::account::Pricing;
use bytes::Bytes;
use serde_json::{Value, json};

use super::held::Earned;
use super::terms::Meter;
use crate::face::Face;

/// What keeps a connection warm, and finds out whether anybody is at its other end.
pub(super) const HEARTBEAT: Bytes = Bytes::from_static(b":\n\n");

/// One bit.
pub(super) fn bit(face: Face, body: &Bytes) -> Bytes {
    match face {
        Face::Native => frame(Some("delta"), body),
        Face::OpenAi => frame(None, body),
    }
}

/// The last frame: what the worker says at the end, what it cost, and the receipt.
pub(super) fn end(face: Face, body: &Bytes, money: Value) -> Bytes {
    let mut body: Value = serde_json::from_slice(body).unwrap_or_else(|_| json!({}));
    body["aipaygen"] = money;
    let body = Bytes::from(body.to_string());
    match face {
        Face::Native => frame(Some("end"), &body),
        Face::OpenAi => [frame(None, &body), frame(None, &Bytes::from_static(b"[DONE]"))].concat().into(),
    }
}

/// The last frame of an answer that failed on its way.
pub(super) fn failure(face: Face, problem: &Value) -> Bytes {
    let body = Bytes::from(problem.to_string());
    match face {
        Face::Native => frame(Some("error"), &body),
        Face::OpenAi => frame(None, &body),
    }
}

/// What a request has cost.
pub(super) fn money(earned: &Earned, pricing: Pricing, meter: Option<&Meter>) -> Value {
    let mut money = json!({
        "request_id": earned.request,
        "pricing": pricing,
        "price_usd": earned.price.to_string(),
        "price_micro_usd": earned.price,
        "receipt": earned.proof.receipt.as_ref().and_then(|receipt| receipt.to_str().ok()),
    });
    if let Some(Meter { model, tokens, rate }) = meter {
        money["model"] = model.as_str().into();
        money["tokens"] = json!(tokens);
        money["rate"] =
            json!({ "input_micro_usd": rate.input, "output_micro_usd": rate.output, "per_tokens": 1_000_000 });
    }
    money
}

/// What a worker writes is JSON on one line; were it not, the rest would be no event of its own.
fn frame(event: Option<&str>, data: &Bytes) -> Bytes {
    let mut text = Vec::with_capacity(data.len() + 24);
    if let Some(event) = event {
        text.extend_from_slice(format!("event: {event}\n").as_bytes());
    }
    for line in data.split(|byte| *byte == b'\n' || *byte == b'\r') {
        text.extend_from_slice(b"data: ");
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    text.push(b'\n');
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_makes_no_event_of_its_own() {
        let body = Bytes::from_static(b"{}\n\nevent: end\rdata: {}");
        let frame = bit(Face::Native, &body);
        assert_eq!(frame, "event: delta\ndata: {}\ndata: \ndata: event: end\ndata: data: {}\n\n");
        assert_eq!(bit(Face::OpenAi, &Bytes::from_static(b"{}")), "data: {}\n\n");
        assert!(end(Face::OpenAi, &Bytes::new(), json!({})).ends_with(b"data: [DONE]\n\n"));
    }
}
