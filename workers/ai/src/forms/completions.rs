//! A chat completion as `OpenAI` writes it, functions included; whoever answers it.

use std::time::{SystemTime, UNIX_EPOCH};

use aipaygen_bus::tool::{ToolOutcome, ToolPiece, Used};
use aipaygen_catalog::Capability;
use aipaygen_events::account::Tokens;
use serde::Deserialize;
use serde_json::{Number, Value, json};
use tokio::sync::mpsc;

use super::{BITS_AHEAD, Call, Refusal, quoted};
use crate::answer::{Delta, Generated};
use crate::engine::{Bits, Fault};
use crate::prompt::{Content, Function, FunctionCall, Image, JsonMode, Prompt, Sampling, Turn};
use crate::provider::call_json;
use crate::routes::{Answered, Route, Routes};

/// What a caller sends; the tool's schema says the same, and refuses anything else before the charge.
#[derive(Deserialize)]
struct Body {
    messages: Vec<Message>,
    #[serde(default)]
    max_tokens: Option<u32>,
    #[serde(default)]
    max_completion_tokens: Option<u32>,
    #[serde(default)]
    temperature: Option<Number>,
    #[serde(default)]
    top_p: Option<Number>,
    #[serde(default)]
    presence_penalty: Option<Number>,
    #[serde(default)]
    frequency_penalty: Option<Number>,
    #[serde(default)]
    seed: Option<Number>,
    #[serde(default)]
    stop: Option<Stop>,
    #[serde(default)]
    tools: Option<Vec<Tool>>,
    #[serde(default)]
    tool_choice: Value,
    #[serde(default)]
    response_format: Option<ResponseFormat>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    #[serde(default)]
    content: Option<Contents>,
    #[serde(default)]
    tool_calls: Option<Vec<CallOfMessage>>,
    #[serde(default)]
    tool_call_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Contents {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part {
    Text { text: String },
    ImageUrl { image_url: ImageUrl },
}

#[derive(Deserialize)]
struct ImageUrl {
    url: String,
}

#[derive(Deserialize)]
struct CallOfMessage {
    id: String,
    function: NameAndArguments,
}

#[derive(Deserialize)]
struct NameAndArguments {
    name: String,
    arguments: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Stop {
    One(String),
    Some(Vec<String>),
}

#[derive(Deserialize)]
struct Tool {
    function: Function,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ResponseFormat {
    Text,
    JsonObject,
    JsonSchema { json_schema: NamedSchema },
}

#[derive(Deserialize)]
struct NamedSchema {
    name: String,
    #[serde(default)]
    schema: Value,
}

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

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
        return stream(routes, call, &chain, &prompt, body.stream_options.is_some_and(|o| o.include_usage)).await;
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

fn read(call: &Call<'_>) -> Result<Body, Refusal> {
    serde_json::from_value(Value::Object(call.input.clone()))
        .map_err(|_| Refusal::Input { field: "/messages", reason: "are not those of a chat completion" })
}

fn prompt(call: &Call<'_>, body: &Body, first: &Route) -> Result<Prompt, Refusal> {
    let mut prompt = Prompt::default();
    for message in &body.messages {
        add(message, &mut prompt)?;
    }
    if prompt.turns.is_empty() {
        return Err(Refusal::Input { field: "/messages", reason: "hold something to be answered" });
    }
    let asked = body.max_completion_tokens.or(body.max_tokens).unwrap_or(u32::MAX);
    prompt.output_tokens_max = asked.min(call.how.output_tokens_max).min(first.model.output_tokens_max);
    prompt.functions = body.tools.iter().flatten().map(|tool| tool.function.clone()).collect();
    prompt.function_choice = body.tool_choice.clone();
    prompt.json = match &body.response_format {
        None | Some(ResponseFormat::Text) => JsonMode::Off,
        Some(ResponseFormat::JsonObject) => JsonMode::Object,
        Some(ResponseFormat::JsonSchema { json_schema: NamedSchema { name, schema } }) => {
            JsonMode::Schema { name: Some(name.clone()), schema: schema.clone() }
        }
    };
    prompt.sampling = Sampling {
        temperature: body.temperature.clone(),
        top_p: body.top_p.clone(),
        presence_penalty: body.presence_penalty.clone(),
        frequency_penalty: body.frequency_penalty.clone(),
        seed: body.seed.clone(),
        stop: match &body.stop {
            None => vec![],
            Some(Stop::One(stop)) => vec![stop.clone()],
            Some(Stop::Some(stops)) => stops.clone(),
        },
    };
    able(&prompt, first)?;
    Ok(prompt)
}

/// Whether the model can do what is asked.
fn able(prompt: &Prompt, route: &Route) -> Result<(), Refusal> {
    if !prompt.functions.is_empty() && !route.model.can(&[Capability::Tools]) {
        return Err(Refusal::Input { field: "/tools", reason: "cannot be used by this model" });
    }
    let sees = |turn: &Turn| matches!(turn, Turn::User(contents) if contents.iter().any(|content| matches!(content, Content::Image(_))));
    if prompt.turns.iter().any(sees) && !route.model.can(&[Capability::Vision]) {
        return Err(Refusal::Input { field: "/messages", reason: "hold a picture, which this model cannot see" });
    }
    Ok(())
}

fn add(message: &Message, prompt: &mut Prompt) -> Result<(), Refusal> {
    match message.role.as_str() {
        "system" | "developer" => {
            if !prompt.system.is_empty() {
                prompt.system.push_str("\n\n");
            }
            prompt.system.push_str(&text_of(message));
        }
        "user" => prompt.turns.push(Turn::User(contents_of(message))),
        "assistant" => {
            let calls = message.tool_calls.iter().flatten().map(|call| FunctionCall {
                id: call.id.clone(),
                name: call.function.name.clone(),
                arguments: call.function.arguments.clone(),
            });
            prompt.turns.push(Turn::Assistant { text: text_of(message), calls: calls.collect() });
        }
        "tool" => {
            let call = message.tool_call_id.clone();
            let call =
                call.ok_or(Refusal::Input { field: "/messages", reason: "name the call that a tool answers" })?;
            prompt.turns.push(Turn::Function { call, text: text_of(message) });
        }
        _ => return Err(Refusal::Input { field: "/messages", reason: "have a role that is not known" }),
    }
    Ok(())
}

fn contents_of(message: &Message) -> Vec<Content> {
    match &message.content {
        None => vec![],
        Some(Contents::Text(text)) => vec![Content::Text(text.clone())],
        Some(Contents::Parts(parts)) => parts
            .iter()
            .map(|part| match part {
                Part::Text { text } => Content::Text(text.clone()),
                Part::ImageUrl { image_url } => Content::Image(Image::parse(&image_url.url)),
            })
            .collect(),
    }
}

fn text_of(message: &Message) -> String {
    let texts = contents_of(message).into_iter().filter_map(|content| match content {
        Content::Text(text) => Some(text),
        Content::Image(_) => None,
    });
    texts.collect::<Vec<_>>().join("\n")
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
