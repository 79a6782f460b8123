//! What a model is asked, whoever runs it.

use serde::Deserialize;
use serde_json::{Number, Value};

/// What a model is asked.
#[derive(Clone, Default)]
pub(crate) struct Prompt {
    /// What it is told before anything else; empty for nothing.
    pub(crate) system: String,
    /// The conversation, the last turn being what is to be answered.
    pub(crate) turns: Vec<Turn>,
    /// How many tokens the answer may have.
    pub(crate) output_tokens_max: u32,
    /// Whether the answer must be JSON.
    pub(crate) json: JsonMode,
    /// The functions that it may ask to be called.
    pub(crate) functions: Vec<Function>,
    /// Which of them, as `OpenAI` writes it; null for its own choice.
    pub(crate) function_choice: Value,
    /// How words are picked.
    pub(crate) sampling: Sampling,
}

/// One turn of a conversation.
#[derive(Clone)]
pub(crate) enum Turn {
    User(Vec<Content>),
    Assistant {
        text: String,
        calls: Vec<FunctionCall>,
    },
    /// What a function has answered.
    Function {
        call: String,
        text: String,
    },
}

/// What a user shows.
#[derive(Clone)]
pub(crate) enum Content {
    Text(String),
    Image(Image),
}

/// A picture.
#[derive(Clone)]
pub(crate) enum Image {
    /// Fetched by the provider.
    Url(String),
    Base64 {
        media_type: String,
        data: String,
    },
}

/// Whether the answer must be JSON.
#[derive(Clone, Default)]
pub(crate) enum JsonMode {
    #[default]
    Off,
    /// Some object.
    Object,
    /// An object of this JSON Schema; named where the caller asks its provider to hold to it.
    Schema { name: Option<String>, schema: Value },
}

/// A function that a model may ask to be called.
#[derive(Clone, Deserialize)]
pub(crate) struct Function {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// JSON Schema of its arguments.
    #[serde(default)]
    pub(crate) parameters: Option<Value>,
}

/// A call that a model asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FunctionCall {
    pub(crate) id: String,
    pub(crate) name: String,
    /// JSON, as the model wrote it.
    pub(crate) arguments: String,
}

/// How words are picked; what is not said is left to the model's provider.
#[derive(Clone, Default)]
pub(crate) struct Sampling {
    pub(crate) temperature: Option<Number>,
    pub(crate) top_p: Option<Number>,
    pub(crate) presence_penalty: Option<Number>,
    pub(crate) frequency_penalty: Option<Number>,
    pub(crate) seed: Option<Number>,
    pub(crate) stop: Vec<String>,
}

/// What a picture is counted as: no model of the catalogue makes more tokens of one.
const IMAGE_TOKENS_MAX: u64 = 50_000;
/// What a provider may add to a turn, a function or the whole.
const FRAME_TOKENS: u64 = 64;

impl Prompt {
    /// A prompt of one turn.
    pub(crate) fn of_text(system: String, text: String, output_tokens_max: u32) -> Self {
        let turns = vec![Turn::User(vec![Content::Text(text)])];
        Self { system, turns, output_tokens_max, ..Self::default() }
    }

    /// What the model is told before anything else, and how to write where the answer must be JSON.
    pub(crate) fn instructions(&self) -> String {
        let json = match &self.json {
            JsonMode::Off => return self.system.clone(),
            JsonMode::Object => "Answer with one JSON object and nothing else.".to_owned(),
            JsonMode::Schema { schema, .. } => {
                format!("Answer with one JSON object and nothing else. It is valid under this JSON Schema:\n{schema}")
            }
        };
        if self.system.is_empty() { json } else { format!("{}\n\n{json}", self.system) }
    }

    /// More tokens than any model makes of it: a token is at least a byte of text.
    pub(crate) fn input_tokens_max(&self) -> u64 {
        let turns: u64 = self.turns.iter().map(|turn| turn.tokens_max() + FRAME_TOKENS).sum();
        let functions: u64 = self.functions.iter().map(|function| function.tokens_max() + FRAME_TOKENS).sum();
        bytes(&self.system) + self.json.tokens_max() + turns + functions + FRAME_TOKENS
    }
}

impl Turn {
    fn tokens_max(&self) -> u64 {
        match self {
            Self::User(contents) => contents.iter().map(Content::tokens_max).sum(),
            Self::Assistant { text, calls } => {
                bytes(text) + calls.iter().map(|call| bytes(&call.name) + bytes(&call.arguments)).sum::<u64>()
            }
            Self::Function { call, text } => bytes(call) + bytes(text),
        }
    }
}

impl Content {
    fn tokens_max(&self) -> u64 {
        match self {
            Self::Text(text) => bytes(text),
            Self::Image(_) => IMAGE_TOKENS_MAX,
        }
    }
}

impl JsonMode {
    fn tokens_max(&self) -> u64 {
        match self {
            Self::Off => 0,
            Self::Object => FRAME_TOKENS,
            // Once as an instruction, and once more where the provider takes it as a mode.
            Self::Schema { schema, .. } => 2 * bytes(&schema.to_string()) + FRAME_TOKENS,
        }
    }
}

impl Function {
    fn tokens_max(&self) -> u64 {
        let described = self.description.as_deref().map_or(0, bytes);
        let parameters = self.parameters.as_ref().map_or(0, |parameters| bytes(&parameters.to_string()));
        bytes(&self.name) + described + parameters
    }
}

fn bytes(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

impl Image {
    /// A data URL in base64, or else an address that the provider fetches.
    pub(crate) fn parse(text: &str) -> Self {
        let data_url = text.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
        match data_url {
            Some((media_type, data)) => Self::Base64 { media_type: media_type.to_owned(), data: data.to_owned() },
            None => Self::Url(text.to_owned()),
        }
    }
}
