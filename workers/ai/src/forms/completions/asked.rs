//! What is asked for by a chat completion, and the prompt that it becomes.

use aipaygen_catalog::Capability;
use serde::Deserialize;
use serde_json::{Number, Value};

use crate::forms::{Call, Refusal};
use crate::prompt::{Content, Function, FunctionCall, Image, JsonMode, Prompt, Sampling, Turn};
use crate::routes::Route;

/// What a caller sends; the tool's schema says the same, and refuses anything else before the charge.
#[derive(Deserialize)]
pub(super) struct Body {
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

impl Body {
    /// Whether a stream tells the usage in a chunk of its own.
    pub(super) fn usage_apart(&self) -> bool {
        self.stream_options.as_ref().is_some_and(|options| options.include_usage)
    }
}

/// The body as its fields.
pub(super) fn read(call: &Call<'_>) -> Result<Body, Refusal> {
    serde_json::from_value(Value::Object(call.input.clone()))
        .map_err(|_| Refusal::Input { field: "/messages", reason: "are not those of a chat completion" })
}

/// What is put to a model, if the first that would answer can do it.
pub(super) fn prompt(call: &Call<'_>, body: &Body, first: &Route) -> Result<Prompt, Refusal> {
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
pub(super) fn able(prompt: &Prompt, route: &Route) -> Result<(), Refusal> {
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
