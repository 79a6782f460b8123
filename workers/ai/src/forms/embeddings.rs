//! Embeddings as `OpenAI` writes them.

use aipaygen_bus::tool::ToolOutcome;
use aipaygen_events::account::Tokens;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Call, Refusal};
use crate::routes::{Answered, Routes};

/// The most that a call may use, and who would answer it.
pub(crate) fn quote(routes: &Routes, call: &Call<'_>) -> Result<ToolOutcome, Refusal> {
    let chain = routes.chain(call.named(), &call.how.models, call.how.embedded)?;
    // A token is at least a byte of text, and every text may gain a token at either end.
    let bytes = texts(call)?.iter().map(|text| text.len().saturating_add(2)).sum::<usize>();
    let tokens = Tokens { input: u64::try_from(bytes).unwrap_or(u64::MAX), output: 0 };
    Ok(ToolOutcome::Answered { body: "{}".into(), tokens, model: Some(chain[0].model.alias.clone()) })
}

/// Answers a call.
pub(crate) async fn answer(routes: &Routes, call: &Call<'_>) -> Result<ToolOutcome, Refusal> {
    let chain = routes.chain(call.named(), &call.how.models, call.how.embedded)?;
    let Answered { route, answer } = routes.embed(&chain, &texts(call)?, &call.watch).await?;
    let in_base64 = call.input.get("encoding_format").and_then(Value::as_str) == Some("base64");
    let rows = answer.vectors.iter().enumerate().map(|(index, vector)| {
        let embedding = if in_base64 { base64_of(vector).into() } else { json!(vector) };
        json!({ "object": "embedding", "index": index, "embedding": embedding })
    });
    let body = json!({
        "object": "list", "data": rows.collect::<Vec<_>>(), "model": route.model.alias,
        "usage": { "prompt_tokens": answer.tokens.input, "total_tokens": answer.tokens.input },
    });
    let model = Some(route.model.alias.clone());
    Ok(ToolOutcome::Answered { body: body.to_string().into(), tokens: answer.tokens, model })
}

fn texts(call: &Call<'_>) -> Result<Vec<String>, Refusal> {
    let texts = match call.input.get("input") {
        Some(Value::String(text)) => Some(vec![text.clone()]),
        Some(Value::Array(texts)) => texts.iter().map(|text| text.as_str().map(str::to_owned)).collect(),
        Some(_) | None => None,
    };
    texts
        .filter(|texts| !texts.is_empty())
        .ok_or(Refusal::Input { field: "/input", reason: "is a text or a list of texts" })
}

/// Little-endian 32-bit floats, as `OpenAI`'s clients read them.
fn base64_of(vector: &[f32]) -> String {
    STANDARD.encode(vector.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
}
