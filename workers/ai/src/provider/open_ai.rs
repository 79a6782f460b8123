//! `OpenAI`'s Chat Completions and Embeddings, as many others speak them.

use aipaygen_events::account::Tokens;
use serde_json::{Map, Value, json};

use super::dialect::{Assembly, Call};
use crate::answer::{Delta, Finish};
use crate::engine::Vectors;
use crate::prompt::{Content, FunctionCall, Image, JsonMode, Prompt, Turn};

pub(super) fn chat(model: &str, prompt: &Prompt, stream: bool) -> Call {
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    body.insert("messages".to_owned(), messages(prompt));
    body.insert("max_tokens".to_owned(), prompt.output_tokens_max.into());
    if stream {
        body.insert("stream".to_owned(), true.into());
        body.insert("stream_options".to_owned(), json!({ "include_usage": true }));
    }
    match &prompt.json {
        JsonMode::Off => {}
        JsonMode::Schema { name: Some(name), schema } => {
            let named = json!({ "name": name, "schema": schema, "strict": true });
            body.insert("response_format".to_owned(), json!({ "type": "json_schema", "json_schema": named }));
        }
        JsonMode::Object | JsonMode::Schema { name: None, .. } => {
            body.insert("response_format".to_owned(), json!({ "type": "json_object" }));
        }
    }
    add_functions(prompt, &mut body);
    add_sampling(prompt, &mut body);
    Call { path: "/chat/completions".to_owned(), body: body.into() }
}

fn add_functions(prompt: &Prompt, body: &mut Map<String, Value>) {
    if prompt.functions.is_empty() {
        return;
    }
    let tools = prompt.functions.iter().map(|function| {
        let mut described = json!({ "name": function.name });
        if let Some(description) = &function.description {
            described["description"] = description.as_str().into();
        }
        if let Some(parameters) = &function.parameters {
            described["parameters"] = parameters.clone();
        }
        json!({ "type": "function", "function": described })
    });
    body.insert("tools".to_owned(), tools.collect());
    if !prompt.function_choice.is_null() {
        body.insert("tool_choice".to_owned(), prompt.function_choice.clone());
    }
}

fn add_sampling(prompt: &Prompt, body: &mut Map<String, Value>) {
    let sampling = &prompt.sampling;
    let numbers = [
        ("temperature", &sampling.temperature),
        ("top_p", &sampling.top_p),
        ("presence_penalty", &sampling.presence_penalty),
        ("frequency_penalty", &sampling.frequency_penalty),
        ("seed", &sampling.seed),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            body.insert(name.to_owned(), Value::Number(number.clone()));
        }
    }
    if !sampling.stop.is_empty() {
        body.insert("stop".to_owned(), sampling.stop.clone().into());
    }
}

fn messages(prompt: &Prompt) -> Value {
    let system = prompt.instructions();
    let system = (!system.is_empty()).then(|| json!({ "role": "system", "content": system }));
    system.into_iter().chain(prompt.turns.iter().map(message)).collect()
}

fn message(turn: &Turn) -> Value {
    match turn {
        Turn::User(contents) => match contents.as_slice() {
            [Content::Text(text)] => json!({ "role": "user", "content": text }),
            many => json!({ "role": "user", "content": many.iter().map(content).collect::<Vec<_>>() }),
        },
        Turn::Assistant { text, calls } if calls.is_empty() => json!({ "role": "assistant", "content": text }),
        Turn::Assistant { text, calls } => {
            let content = if text.is_empty() { Value::Null } else { text.as_str().into() };
            json!({ "role": "assistant", "content": content, "tool_calls": calls.iter().map(call).collect::<Vec<_>>() })
        }
        Turn::Function { call, text } => json!({ "role": "tool", "tool_call_id": call, "content": text }),
    }
}

fn content(content: &Content) -> Value {
    match content {
        Content::Text(text) => json!({ "type": "text", "text": text }),
        Content::Image(Image::Url(url)) => json!({ "type": "image_url", "image_url": { "url": url } }),
        Content::Image(Image::Base64 { media_type, data }) => {
            json!({ "type": "image_url", "image_url": { "url": format!("data:{media_type};base64,{data}") } })
        }
    }
}

/// A call as this dialect writes it, which is how our own `OpenAI` face does.
pub(crate) fn call(call: &FunctionCall) -> Value {
    json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": call.arguments } })
}

/// Reads a whole answer; `None` if it is none.
pub(super) fn read(body: &Value, assembly: &mut Assembly) -> Option<()> {
    let choice = body["choices"].as_array()?.first()?;
    let message = choice["message"].as_object()?;
    assembly.add_text(message.get("content").and_then(Value::as_str), &mut Vec::new());
    for (place, call) in message.get("tool_calls").and_then(Value::as_array).into_iter().flatten().enumerate() {
        assembly.add(part_of_call(call, place));
    }
    assembly.finish = Some(finish(choice["finish_reason"].as_str().unwrap_or("stop")));
    assembly.usage.note(&body["usage"], "prompt_tokens", "completion_tokens");
    Some(())
}

/// Reads one chunk of a stream.
pub(super) fn read_bit(chunk: &Value, assembly: &mut Assembly) -> Option<Vec<Delta>> {
    let mut deltas = Vec::new();
    assembly.usage.note(&chunk["usage"], "prompt_tokens", "completion_tokens");
    // The chunk that tells the usage has no choice.
    if let Some(choice) = chunk["choices"].as_array()?.first() {
        assembly.add_text(choice["delta"]["content"].as_str(), &mut deltas);
        for (position, call) in choice["delta"]["tool_calls"].as_array().into_iter().flatten().enumerate() {
            let place = call["index"].as_u64().and_then(|index| usize::try_from(index).ok()).unwrap_or(position);
            if place > assembly.calls() {
                return None;
            }
            deltas.push(assembly.add(part_of_call(call, place)));
        }
        if let Some(reason) = choice["finish_reason"].as_str() {
            assembly.finish = Some(finish(reason));
        }
    }
    Some(deltas)
}

fn part_of_call(call: &Value, place: usize) -> Delta {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let function = &call["function"];
    let arguments = text(&function["arguments"]).unwrap_or_default();
    Delta::Call { place, id: text(&call["id"]), name: text(&function["name"]), arguments }
}

fn finish(reason: &str) -> Finish {
    match reason {
        "length" => Finish::Length,
        "tool_calls" | "function_call" => Finish::Calls,
        "content_filter" => Finish::Filter,
        _ => Finish::Stop,
    }
}

pub(super) fn embeddings(model: &str, texts: &[String]) -> Call {
    let body = json!({ "model": model, "input": texts, "encoding_format": "float" });
    Call { path: "/embeddings".to_owned(), body }
}

/// One vector a text; `None` if it is something else.
pub(super) fn read_vectors(body: &Value, texts: usize) -> Option<Vectors> {
    let mut rows: Vec<_> = body["data"].as_array()?.iter().collect();
    rows.sort_by_key(|row| row["index"].as_u64());
    let vectors: Vec<Vec<f32>> =
        rows.into_iter().map(|row| serde_json::from_value(row["embedding"].clone()).ok()).collect::<Option<_>>()?;
    let input = body["usage"]["prompt_tokens"].as_u64().unwrap_or_default();
    (vectors.len() == texts).then_some(Vectors { vectors, tokens: Tokens { input, output: 0 } })
}
