//! How the fake provider writes its answers in each dialect.

use serde_json::{Value, json};

use super::fake_provider::Seen;

/// Whose way of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Anthropic,
    OpenAi,
    Gemini,
    Embeddings,
}

/// An answer of eleven tokens in and seven out, unless it says otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) text: String,
    pub(crate) call: Option<(&'static str, Value)>,
    pub(crate) usage: Option<Value>,
}

impl Reply {
    pub(crate) fn of_text(text: &str) -> Self {
        Self { text: text.to_owned(), call: None, usage: None }
    }

    fn usage(&self, usual: Value) -> Value {
        self.usage.clone().unwrap_or(usual)
    }
}

impl Dialect {
    pub(crate) fn of(path: &str) -> Self {
        match path {
            path if path.ends_with("/messages") => Self::Anthropic,
            path if path.ends_with("/chat/completions") => Self::OpenAi,
            path if path.ends_with("/embeddings") => Self::Embeddings,
            _ => Self::Gemini,
        }
    }

    /// Whether the request asks for a stream.
    pub(crate) fn streams(self, seen: &Seen) -> bool {
        seen.body["stream"] == true || seen.path.contains(":streamGenerateContent")
    }

    pub(crate) fn whole(self, reply: &Reply) -> Value {
        match self {
            Self::Anthropic => {
                let content = match &reply.call {
                    Some((name, input)) => {
                        json!({ "type": "tool_use", "id": "toolu_1", "name": name, "input": input })
                    }
                    None => json!({ "type": "text", "text": reply.text }),
                };
                let stop = if reply.call.is_some() { "tool_use" } else { "end_turn" };
                let usage = reply.usage(json!({ "input_tokens": 11, "output_tokens": 7 }));
                json!({ "type": "message", "content": [content], "stop_reason": stop, "usage": usage })
            }
            Self::OpenAi => {
                let (mut message, mut finish) = (json!({ "role": "assistant", "content": reply.text }), "stop");
                if let Some((name, arguments)) = &reply.call {
                    let function = json!({ "name": name, "arguments": arguments.to_string() });
                    message = json!({ "role": "assistant", "content": null,
                        "tool_calls": [{ "id": "call_1", "type": "function", "function": function }] });
                    finish = "tool_calls";
                }
                let usage = reply.usage(json!({ "prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18 }));
                json!({ "object": "chat.completion", "usage": usage,
                    "choices": [{ "index": 0, "message": message, "finish_reason": finish }] })
            }
            Self::Gemini => gemini(reply, true),
            Self::Embeddings => json!({ "object": "list", "usage": { "prompt_tokens": 11, "total_tokens": 11 },
                "data": [{ "object": "embedding", "index": 0, "embedding": [0.5, -0.25, 1.0] }] }),
        }
    }

    /// The data of the events before the first word.
    pub(crate) fn opening(self) -> Vec<String> {
        match self {
            Self::Anthropic => vec![
                json!({ "type": "message_start", "message": { "usage": { "input_tokens": 11, "output_tokens": 1 } } }).to_string(),
                json!({ "type": "ping" }).to_string(),
                json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }).to_string(),
            ],
            Self::OpenAi => vec![
                json!({ "choices": [{ "index": 0, "delta": { "role": "assistant", "content": "" }, "finish_reason": null }] }).to_string(),
            ],
            Self::Gemini | Self::Embeddings => vec![],
        }
    }

    pub(crate) fn word(self, word: &str) -> String {
        match self {
            Self::Anthropic => {
                json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": word } })
            }
            Self::OpenAi => {
                json!({ "choices": [{ "index": 0, "delta": { "content": word }, "finish_reason": null }] })
            }
            Self::Gemini | Self::Embeddings => gemini(&Reply::of_text(word), false),
        }
        .to_string()
    }

    /// The data of the events after the last word.
    pub(crate) fn closing(self, reply: &Reply) -> Vec<String> {
        let events = match self {
            Self::Anthropic => closing_of_anthropic(reply),
            Self::OpenAi => closing_of_open_ai(reply),
            Self::Gemini | Self::Embeddings => vec![gemini(&Reply { text: String::new(), ..reply.clone() }, true)],
        };
        let done = (self == Self::OpenAi).then(|| "[DONE]".to_owned());
        events.iter().map(Value::to_string).chain(done).collect()
    }
}

fn closing_of_anthropic(reply: &Reply) -> Vec<Value> {
    let mut events = vec![json!({ "type": "content_block_stop", "index": 0 })];
    let mut stop = "end_turn";
    if let Some((name, input)) = &reply.call {
        stop = "tool_use";
        let block = json!({ "type": "tool_use", "id": "toolu_1", "name": name, "input": {} });
        events.push(json!({ "type": "content_block_start", "index": 1, "content_block": block }));
        for part in halves(&input.to_string()) {
            let delta = json!({ "type": "input_json_delta", "partial_json": part });
            events.push(json!({ "type": "content_block_delta", "index": 1, "delta": delta }));
        }
    }
    let usage = reply.usage(json!({ "output_tokens": 7 }));
    events.push(json!({ "type": "message_delta", "delta": { "stop_reason": stop }, "usage": usage }));
    events.push(json!({ "type": "message_stop" }));
    events
}

fn closing_of_open_ai(reply: &Reply) -> Vec<Value> {
    let mut events = vec![];
    let mut finish = "stop";
    if let Some((name, arguments)) = &reply.call {
        finish = "tool_calls";
        let begun =
            json!({ "index": 0, "id": "call_1", "type": "function", "function": { "name": name, "arguments": "" } });
        events
            .push(json!({ "choices": [{ "index": 0, "delta": { "tool_calls": [begun] }, "finish_reason": null }] }));
        for part in halves(&arguments.to_string()) {
            let more = json!({ "index": 0, "function": { "arguments": part } });
            events.push(
                json!({ "choices": [{ "index": 0, "delta": { "tool_calls": [more] }, "finish_reason": null }] }),
            );
        }
    }
    events.push(json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": finish }] }));
    let usage = reply.usage(json!({ "prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18 }));
    events.push(json!({ "choices": [], "usage": usage }));
    events
}

fn gemini(reply: &Reply, last: bool) -> Value {
    let part = match &reply.call {
        Some((name, args)) => json!({ "functionCall": { "name": name, "args": args } }),
        None => json!({ "text": reply.text }),
    };
    let mut candidate = json!({ "content": { "role": "model", "parts": [part] } });
    if !last {
        return json!({ "candidates": [candidate] });
    }
    candidate["finishReason"] = "STOP".into();
    let usage = reply.usage(json!({ "promptTokenCount": 11, "candidatesTokenCount": 5, "thoughtsTokenCount": 2 }));
    json!({ "candidates": [candidate], "usageMetadata": usage })
}

fn halves(text: &str) -> [&str; 2] {
    let (first, second) = text.split_at(text.len() / 2);
    [first, second]
}
