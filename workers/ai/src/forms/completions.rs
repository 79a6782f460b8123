//! A chat completion as `OpenAI` writes it, functions included; whoever answers it.

mod asked;

use std::time::{SystemTime, UNIX_EPOCH};

use aipaygen_bus::tool::{ToolOutcome, ToolPiece, Used};
use aipaygen_events::account::Tokens;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{BITS_AHEAD, Call, Refusal, quoted};
use crate::answer::{Delta, Generated};
use crate::engine::{Bits, Fault};
use crate::prompt::Prompt;
use crate::provider::call_json;
use crate::routes::{Answered, Route, Routes};
use asked::{able, prompt, read};

/// The most that a call may use, and who would answer it.
pub(crate) fn quote(routes: &Routes, call: &Call<'_>) -> Result<ToolOutcome, Refusal> {
    let chain = routes.chain(call.named(), &call.how.models, call.how.embedded)?;
    let prompt = prompt(call, &read(call)?, chain[0])?;
    Ok(quoted(chain[0], &prompt))
}

/// Answers a call.
pub(crate) async fn answer(routes: &Routes, call: &Call<'_>) -> Result<ToolOutcome, Refusal> {
    let chain = routes.chain(call.named(), &call.how.models, call.how.embedded)?;
    let body = read(call)?;
    let prompt = prompt(call, &body, chain[0])?;
    // A stand-in that cannot do what is asked is no stand-in.
    let chain: Vec<_> = chain.into_iter().filter(|route| able(&prompt, route).is_ok()).collect();
    if call.streams() {
        return stream(routes, call, &chain, &prompt, body.usage_apart()).await;
    }
    let Answered { route, answer } = routes.generate(&chain, &prompt, &call.watch, |_| None).await?;
    let tokens = answer.tokens;
    let mut whole = head(call, &route.model.alias, "chat.completion");
    whole["choices"] = json!([{
        "index": 0, "message": message_of(&answer), "logprobs": null, "finish_reason": answer.finish.as_str(),
    }]);
    whole["usage"] = usage(tokens);
    Ok(told(route, tokens, &whole))
}

/// Sends chunk after chunk. The end is the chunk that tells the usage, in one of its own if the caller asked for
/// that, as `OpenAI` does, and otherwise in the one that tells why it is over.
async fn stream(
    routes: &Routes,
    call: &Call<'_>,
    chain: &[&Route],
    prompt: &Prompt,
    usage_apart: bool,
) -> Result<ToolOutcome, Refusal> {
    let (sender, bits) = mpsc::channel(BITS_AHEAD);
    let generate = async {
        let sender = sender;
        let of = |route: &Route| Some(Bits::new(sender.clone(), route.model.alias.clone()));
        routes.generate(chain, prompt, &call.watch, of).await
    };
    let (answered, forwarded) = tokio::join!(generate, forward(call, bits));
    let Answered { route, answer } = answered?;
    forwarded?;
    let over = json!({ "index": 0, "delta": {}, "logprobs": null, "finish_reason": answer.finish.as_str() });
    let mut end = head(call, &route.model.alias, "chat.completion.chunk");
    end["choices"] = json!([over]);
    if usage_apart {
        let used = Used { tokens: answer.tokens, model: Some(route.model.alias.clone()) };
        call.send(ToolPiece { used, body: end.to_string().into() }).await?;
        end["choices"] = json!([]);
    }
    end["usage"] = usage(answer.tokens);
    Ok(told(route, answer.tokens, &end))
}

async fn forward(call: &Call<'_>, mut bits: mpsc::Receiver<(Delta, Used)>) -> Result<(), Fault> {
    let mut first = true;
    while let Some((delta, used)) = bits.recv().await {
        let mut chunk = head(call, used.model.as_deref().unwrap_or_default(), "chat.completion.chunk");
        let mut delta = delta_of(&delta);
        if first {
            delta["role"] = "assistant".into();
            first = false;
        }
        chunk["choices"] = json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": null }]);
        call.send(ToolPiece { used, body: chunk.to_string().into() }).await?;
    }
    Ok(())
}

fn delta_of(delta: &Delta) -> Value {
    match delta {
        Delta::Text(text) => json!({ "content": text }),
        Delta::Call { place, id, name, arguments } => {
            let mut call = json!({ "index": place, "function": { "arguments": arguments } });
            if let Some(id) = id {
                (call["id"], call["type"]) = (id.as_str().into(), "function".into());
            }
            if let Some(name) = name {
                call["function"]["name"] = name.as_str().into();
            }
            json!({ "tool_calls": [call] })
        }
    }
}

fn head(call: &Call<'_>, model: &str, object: &str) -> Value {
    // A clock before 1970 is no reason to fail.
    let created = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    json!({
        "id": format!("chatcmpl-{}", call.request), "object": object, "created": created, "model": model,
        "system_fingerprint": null,
    })
}

fn message_of(answer: &Generated) -> Value {
    let content =
        if answer.text.is_empty() && !answer.calls.is_empty() { Value::Null } else { answer.text.as_str().into() };
    let mut message = json!({ "role": "assistant", "content": content, "refusal": null });
    if !answer.calls.is_empty() {
        message["tool_calls"] = answer.calls.iter().map(call_json).collect();
    }
    message
}

fn usage(tokens: Tokens) -> Value {
    json!({
        "prompt_tokens": tokens.input, "completion_tokens": tokens.output,
        "total_tokens": tokens.input.saturating_add(tokens.output),
    })
}

fn told(route: &Route, tokens: Tokens, body: &Value) -> ToolOutcome {
    ToolOutcome::Answered { body: body.to_string().into(), tokens, model: Some(route.model.alias.clone()) }
}
