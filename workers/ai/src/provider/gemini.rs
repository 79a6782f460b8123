//! Google's Gemini.

use serde_json::{Map, Value, json};

use super::dialect::{Assembly, Call};
use crate::answer::{Delta, Finish};
use crate::prompt::{Content, FunctionCall, Image, JsonMode, Prompt, Turn};

pub(super) fn chat(model: &str, prompt: &Prompt, stream: bool) -> Call {
    let mut body = Map::new();
    body.insert("contents".to_owned(), contents(&prompt.turns).into());
    let system = prompt.instructions();
    if !system.is_empty() {
        body.insert("systemInstruction".to_owned(), json!({ "parts": [{ "text": system }] }));
    }
    body.insert("generationConfig".to_owned(), generation(prompt).into());
    add_functions(prompt, &mut body);
    let method = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
    Call { path: format!("/models/{model}:{method}"), body: body.into() }
}

fn generation(prompt: &Prompt) -> Map<String, Value> {
    let mut generation = Map::new();
    generation.insert("maxOutputTokens".to_owned(), prompt.output_tokens_max.into());
    let sampling = &prompt.sampling;
    let numbers = [
        ("temperature", &sampling.temperature),
        ("topP", &sampling.top_p),
        ("presencePenalty", &sampling.presence_penalty),
        ("frequencyPenalty", &sampling.frequency_penalty),
        ("seed", &sampling.seed),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            generation.insert(name.to_owned(), Value::Number(number.clone()));
        }
    }
    if !sampling.stop.is_empty() {
        generation.insert("stopSequences".to_owned(), sampling.stop.clone().into());
    }
    match prompt.json {
        JsonMode::Off => {}
        JsonMode::Object | JsonMode::Schema { .. } => {
            generation.insert("responseMimeType".to_owned(), "application/json".into());
        }
    }
    generation
}

fn add_functions(prompt: &Prompt, body: &mut Map<String, Value>) {
    if prompt.functions.is_empty() {
        return;
    }
    let declarations = prompt.functions.iter().map(|function| {
        let mut declaration = json!({ "name": function.name });
        if let Some(description) = &function.description {
            declaration["description"] = description.as_str().into();
        }
        if let Some(parameters) = &function.parameters {
            declaration["parametersJsonSchema"] = parameters.clone();
        }
        declaration
    });
    body.insert("tools".to_owned(), json!([{ "functionDeclarations": declarations.collect::<Vec<_>>() }]));
    let calling = match (prompt.function_choice.as_str(), prompt.function_choice["function"]["name"].as_str()) {
        (_, Some(name)) => json!({ "mode": "ANY", "allowedFunctionNames": [name] }),
        (Some("required"), None) => json!({ "mode": "ANY" }),
        (Some("none"), None) => json!({ "mode": "NONE" }),
        (Some(_) | None, None) => json!({ "mode": "AUTO" }),
    };
    body.insert("toolConfig".to_owned(), json!({ "functionCallingConfig": calling }));
}

fn contents(turns: &[Turn]) -> Vec<Value> {
    turns.iter().map(|turn| content(turn, turns)).collect()
}

fn content(turn: &Turn, turns: &[Turn]) -> Value {
    match turn {
        Turn::User(contents) => json!({ "role": "user", "parts": contents.iter().map(part).collect::<Vec<_>>() }),
        Turn::Assistant { text, calls } => {
            let text = (!text.is_empty()).then(|| json!({ "text": text }));
            let parts: Vec<_> = text.into_iter().chain(calls.iter().map(call)).collect();
            json!({ "role": "model", "parts": parts })
        }
        Turn::Function { call, text } => {
            // This dialect knows a call by the name of its function.
            let name = name_of_call(call, turns).unwrap_or(call);
            let response: Value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
            let response = if response.is_object() { response } else { json!({ "result": response }) };
            json!({ "role": "user", "parts": [{ "functionResponse": { "name": name, "response": response } }] })
        }
    }
}

fn name_of_call<'a>(id: &str, turns: &'a [Turn]) -> Option<&'a str> {
    let calls = turns.iter().filter_map(|turn| match turn {
        Turn::Assistant { calls, .. } => Some(calls),
        Turn::User(_) | Turn::Function { .. } => None,
    });
    calls.flatten().find(|call| call.id == id).map(|call| call.name.as_str())
}

fn call(call: &FunctionCall) -> Value {
    let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!({}));
    json!({ "functionCall": { "name": call.name, "args": arguments } })
}

fn part(content: &Content) -> Value {
    match content {
        Content::Text(text) => json!({ "text": text }),
        Content::Image(Image::Url(url)) => json!({ "fileData": { "fileUri": url } }),
        Content::Image(Image::Base64 { media_type, data }) => {
            json!({ "inlineData": { "mimeType": media_type, "data": data } })
        }
    }
}

/// Reads one event of a stream, or the whole answer, which looks the same; `None` if it is neither.
pub(super) fn read_bit(event: &Value, assembly: &mut Assembly) -> Option<Vec<Delta>> {
    let mut deltas = Vec::new();
    note_usage(event, assembly);
    if event["promptFeedback"]["blockReason"].is_string() {
        (assembly.finish, assembly.over) = (Some(Finish::Filter), true);
        return Some(deltas);
    }
    let Some(candidate) = event["candidates"].as_array().and_then(|candidates| candidates.first()) else {
        return event["usageMetadata"].is_object().then_some(deltas);
    };
    for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
        // What a model thinks is not for the caller.
        if part["thought"] == true {
            continue;
        }
        assembly.add_text(part["text"].as_str(), &mut deltas);
        if let Some(name) = part["functionCall"]["name"].as_str() {
            let place = assembly.calls();
            let id = part["functionCall"]["id"].as_str().map_or_else(|| format!("call_{place}"), str::to_owned);
            let arguments = part["functionCall"]["args"].to_string();
            deltas.push(assembly.add(Delta::Call { place, id: Some(id), name: Some(name.to_owned()), arguments }));
        }
    }
    if let Some(reason) = candidate["finishReason"].as_str() {
        assembly.finish = Some(finish(reason));
    }
    Some(deltas)
}

/// What it thinks is written too, and paid for.
fn note_usage(event: &Value, assembly: &mut Assembly) {
    let usage = &event["usageMetadata"];
    assembly.usage.note(usage, "promptTokenCount", "candidatesTokenCount");
    if let (Some(said), Some(thought)) =
        (usage["candidatesTokenCount"].as_u64(), usage["thoughtsTokenCount"].as_u64())
    {
        assembly.usage.output = Some(said.saturating_add(thought));
    }
}

fn finish(reason: &str) -> Finish {
    match reason {
        "MAX_TOKENS" => Finish::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" => Finish::Filter,
        _ => Finish::Stop,
    }
}
