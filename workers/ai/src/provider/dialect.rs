//! What the dialects share: how a call is written, how an answer is read, and how one is put together from bits.

use aipaygen_events::account::Tokens;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::usage::Usage;
use super::{anthropic, gemini, open_ai};
use crate::answer::{Delta, Finish, Generated};
use crate::prompt::Prompt;
use crate::settings;

/// A dialect that is spoken.
#[derive(Clone, Copy)]
pub(super) enum Dialect {
    Anthropic,
    OpenAi,
    Gemini,
}

/// A call over HTTP.
pub(super) struct Call {
    /// What follows the provider's URL.
    pub(super) path: String,
    pub(super) body: Value,
}

impl From<settings::Dialect> for Dialect {
    fn from(dialect: settings::Dialect) -> Self {
        match dialect {
            settings::Dialect::Anthropic => Self::Anthropic,
            settings::Dialect::OpenAi => Self::OpenAi,
            settings::Dialect::Gemini => Self::Gemini,
        }
    }
}

impl Dialect {
    /// The headers that show a key, if there is one; `None` if it cannot be in a header.
    pub(super) fn headers(self, key: &str) -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        if matches!(self, Self::Anthropic) {
            headers.insert(HeaderName::from_static("anthropic-version"), HeaderValue::from_static("2023-06-01"));
        }
        if key.is_empty() {
            return Some(headers);
        }
        let (name, value) = match self {
            Self::Anthropic => ("x-api-key", key.to_owned()),
            Self::OpenAi => ("authorization", format!("Bearer {key}")),
            Self::Gemini => ("x-goog-api-key", key.to_owned()),
        };
        let mut value = HeaderValue::try_from(value).ok()?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
        Some(headers)
    }

    /// The call that has a model answer a prompt.
    pub(super) fn chat(self, model: &str, prompt: &Prompt, stream: bool) -> Call {
        match self {
            Self::Anthropic => anthropic::chat(model, prompt, stream),
            Self::OpenAi => open_ai::chat(model, prompt, stream),
            Self::Gemini => gemini::chat(model, prompt, stream),
        }
    }

    /// The call that makes vectors; `None` if the dialect has none.
    pub(super) fn embeddings(self, model: &str, texts: &[String]) -> Option<Call> {
        match self {
            Self::OpenAi => Some(open_ai::embeddings(model, texts)),
            Self::Anthropic | Self::Gemini => None,
        }
    }

    /// A whole answer; `None` if it is none.
    pub(super) fn read(self, body: &Value, input_max: u64) -> Option<Generated> {
        let mut assembly = Assembly::new(self, input_max);
        match self {
            Self::Anthropic => anthropic::read(body, &mut assembly)?,
            Self::OpenAi => open_ai::read(body, &mut assembly)?,
            Self::Gemini => {
                gemini::read_bit(body, &mut assembly)?;
            }
        }
        assembly.end()
    }
}

/// An answer that is being put together.
pub(super) struct Assembly {
    dialect: Dialect,
    input_max: u64,
    whole: Generated,
    pub(super) usage: Usage,
    /// Why it is over, once that is known. An answer without a reason was cut off.
    pub(super) finish: Option<Finish>,
    /// Whether nothing more is awaited.
    pub(super) over: bool,
    /// The blocks of an Anthropic message that are calls, by their index.
    pub(super) call_blocks: Vec<u64>,
}

impl Assembly {
    pub(super) fn new(dialect: Dialect, input_max: u64) -> Self {
        Self {
            dialect,
            input_max,
            whole: Generated::default(),
            usage: Usage::default(),
            finish: None,
            over: false,
            call_blocks: Vec::new(),
        }
    }

    /// Takes the data of one event and tells what it adds. An error is what the provider says of its failure.
    pub(super) fn take(&mut self, data: &str) -> Result<Vec<Delta>, String> {
        if data == "[DONE]" {
            self.over = true;
            return Ok(vec![]);
        }
        let event: Value = serde_json::from_str(data).map_err(|_| "an event of the stream is not JSON".to_owned())?;
        if !event["error"].is_null() {
            return Err(event["error"].to_string());
        }
        let deltas = match self.dialect {
            Dialect::Anthropic => anthropic::read_bit(&event, self),
            Dialect::OpenAi => open_ai::read_bit(&event, self),
            Dialect::Gemini => gemini::read_bit(&event, self),
        };
        deltas.ok_or_else(|| "an event of the stream is none of the dialect's".to_owned())
    }

    /// Notes a bit as part of the whole.
    pub(super) fn add(&mut self, delta: Delta) -> Delta {
        self.whole.add(&delta);
        delta
    }

    /// Notes a piece of text, if there is any in it.
    pub(super) fn add_text(&mut self, text: Option<&str>, deltas: &mut Vec<Delta>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            deltas.push(self.add(Delta::Text(text.to_owned())));
        }
    }

    /// How many calls it holds.
    pub(super) fn calls(&self) -> usize {
        self.whole.calls.len()
    }

    pub(super) const fn is_over(&self) -> bool {
        self.over
    }

    /// What has been used until now: the end of the stream tells more.
    pub(super) fn tokens_so_far(&self) -> Tokens {
        let written = Usage { output: None, ..self.usage };
        written.tokens(self.whole.bytes(), self.input_max)
    }

    /// The whole; `None` if it was cut off.
    pub(super) fn end(self) -> Option<Generated> {
        let finish = self.finish?;
        let tokens = self.usage.tokens(self.whole.bytes(), self.input_max);
        let finish = if finish == Finish::Stop && !self.whole.calls.is_empty() { Finish::Calls } else { finish };
        Some(Generated { finish, tokens, ..self.whole })
    }
}
