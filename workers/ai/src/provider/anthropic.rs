//! Anthropic's Messages.

use serde_json::{Map, Value, json};

use super::dialect::{Assembly, Call};
use crate::answer::{Delta, Finish};
use crate::prompt::{Content, FunctionCall, Image, Prompt, Turn};

pub(super) fn chat(model: &str, prompt: &Prompt, stream: bool) -> Call {
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    body.insert("max_tokens".to_owned(), prompt.output_tokens_max.into());
    body.insert("messages".to_owned(), messages(&prompt.turns).into());
    let system = prompt.instructions();
    if !system.is_empty() {
        body.insert("system".to_owned(), system.into());
    }
    if stream {
        body.insert("stream".to_owned(), true.into());
    }
    add_functions(prompt, &mut body);
    for (name, number) in [("temperature", &prompt.sampling.temperature), ("top_p", &prompt.sampling.top_p)] {
        if let Some(number) = number {
            body.insert(name.to_owned(), Value::Number(number.clone()));
        }
    }
    if !prompt.sampling.stop.is_empty() {
        body.insert("stop_sequences".to_owned(), prompt.sampling.stop.clone().into());
    }
    Call { path: "/messages".to_owned(), body: body.into() }
}

fn add_functions(prompt: &Prompt, body: &mut Map<String, Value>) {
    if prompt.functions.is_empty() {
        return;
    }
    let tools = prompt.functions.iter().map(|function| {
        let schema = function.parameters.clone().unwrap_or_else(|| json!({ "type": "object" }));
        let mut tool = json!({ "name": function.name, "input_schema": schema });
        if let Some(description) = &function.description {
            tool["description"] = description.as_str().into();
        }
        tool
    });
    body.insert("tools".to_owned(), tools.collect());
    let choice = match (prompt.function_choice.as_str(), prompt.function_choice["function"]["name"].as_str()) {
        (_, Some(name)) => json!({ "type": "tool", "name": name }),
        (Some("required"), None) => json!({ "type": "any" }),
        (Some("none"), None) => json!({ "type": "none" }),
        (Some(_) | None, None) => json!({ "type": "auto" }),
    };
    body.insert("tool_choice".to_owned(), choice);
}

/// The results of functions stand together in one turn of the user.
fn messages(turns: &[Turn]) -> Vec<Value> {
    let mut messages: Vec<Value> = Vec::new();
    for (place, turn) in turns.iter().enumerate() {
        match turn {
            Turn::User(contents) => {
                messages.push(json!({ "role": "user", "content": contents.iter().map(content).collect::<Vec<_>>() }));
            }
            Turn::Assistant { text, calls } => messages.push(assistant(text, calls)),
            Turn::Function { call, text } => {
                let result = json!({ "type": "tool_result", "tool_use_id": call, "content": text });
                let before = place.checked_sub(1).and_then(|before| turns.get(before));
                match messages.last_mut().and_then(|message| message["content"].as_array_mut()) {
                    Some(results) if matches!(before, Some(Turn::Function { .. })) => results.push(result),
                    Some(_) | None => messages.push(json!({ "role": "user", "content": [result] })),
                }
            }
        }
    }
    messages
}

fn assistant(text: &str, calls: &[FunctionCall]) -> Value {
    let mut contents = Vec::new();
    if !text.is_empty() {
        contents.push(json!({ "type": "text", "text": text }));
    }
    for call in calls {
        let input: Value = serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!({}));
        contents.push(json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": input }));
    }
    json!({ "role": "assistant", "content": contents })
}

fn content(content: &Content) -> Value {
    match content {
        Content::Text(text) => json!({ "type": "text", "text": text }),
        Content::Image(Image::Url(url)) => json!({ "type": "image", "source": { "type": "url", "url": url } }),
        Content::Image(Image::Base64 { media_type, data }) => {
            json!({ "type": "image", "source": { "type": "base64", "media_type": media_type, "data": data } })
        }
    }
}

/// Reads a whole answer; `None` if it is none.
pub(super) fn read(body: &Value, assembly: &mut Assembly) -> Option<()> {
    for block in body["content"].as_array()? {
        match block["type"].as_str()? {
            "text" => assembly.add_text(block["text"].as_str(), &mut Vec::new()),
            "tool_use" => {
                let delta = begin_call(block, assembly.calls(), block["input"].to_string())?;
                assembly.add(delta);
            }
            // What a model thinks is not for the caller.
            _ => {}
        }
    }
    assembly.finish = Some(finish(body["stop_reason"].as_str().unwrap_or("end_turn")));
    assembly.usage.note(&body["usage"], "input_tokens", "output_tokens");
    Some(())
}

/// Reads one event of a stream.
pub(super) fn read_bit(event: &Value, assembly: &mut Assembly) -> Option<Vec<Delta>> {
    let mut deltas = Vec::new();
    match event["type"].as_str()? {
        "message_start" => assembly.usage.note(&event["message"]["usage"], "input_tokens", "output_tokens"),
        "content_block_start" if event["content_block"]["type"] == "tool_use" => {
            assembly.call_blocks.push(event["index"].as_u64()?);
            let delta = begin_call(&event["content_block"], assembly.calls(), String::new())?;
            deltas.push(assembly.add(delta));
        }
        "content_block_delta" => match event["delta"]["type"].as_str()? {
            "text_delta" => assembly.add_text(event["delta"]["text"].as_str(), &mut deltas),
            "input_json_delta" => {
                let block = event["index"].as_u64()?;
                let place = assembly.call_blocks.iter().position(|other| *other == block)?;
                let arguments = event["delta"]["partial_json"].as_str()?.to_owned();
                deltas.push(assembly.add(Delta::Call { place, id: None, name: None, arguments }));
            }
            _ => {}
        },
        "message_delta" => {
            if let Some(reason) = event["delta"]["stop_reason"].as_str() {
                assembly.finish = Some(finish(reason));
            }
            assembly.usage.note(&event["usage"], "input_tokens", "output_tokens");
        }
        "message_stop" => assembly.over = true,
        _ => {}
    }
    Some(deltas)
}

fn begin_call(block: &Value, place: usize, arguments: String) -> Option<Delta> {
    let (id, name) = (block["id"].as_str()?, block["name"].as_str()?);
    Some(Delta::Call { place, id: Some(id.to_owned()), name: Some(name.to_owned()), arguments })
}

fn finish(reason: &str) -> Finish {
    match reason {
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "tool_use" => Finish::Calls,
        "refusal" => Finish::Filter,
        _ => Finish::Stop,
    }
}
