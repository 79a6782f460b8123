//! What the ingress and a tool's worker say to each other: the caller's bytes, untouched, and a few headers.

use std::time::Instant;

use aipaygen_events::RequestId;
use aipaygen_events::account::Tokens;
use bytes::Bytes;

use serde::{Deserialize, Serialize};

use crate::{Bus, Message, Parts, RequestError};

/// The subject on which the workers of a queue run a tool.
#[must_use]
pub fn run_subject(queue: &str) -> String {
    format!("cmd.tool.{queue}")
}

/// The subject on which the workers of a queue check an input before it is charged.
#[must_use]
pub fn check_subject(queue: &str) -> String {
    format!("cmd.check.{queue}")
}

const TOOL: &str = "Tool";
const REQUEST: &str = "Request-Id";
const TRACEPARENT: &str = "Traceparent";
const OUTCOME: &str = "Outcome";
const STATUS: &str = "Status";
const CODE: &str = "Code";
const TOKENS_INPUT: &str = "Tokens-Input";
const TOKENS_OUTPUT: &str = "Tokens-Output";
const MODEL: &str = "Model";

/// A call of a tool, on its way to a worker.
#[derive(Clone, Debug)]
pub struct ToolRequest {
    /// The tool's name in the catalogue.
    pub tool: String,
    /// The request.
    pub request: RequestId,
    /// W3C trace context, if there is one.
    pub traceparent: Option<String>,
    /// The caller's JSON, validated against the tool's schema.
    pub body: Bytes,
}

/// How a call of a tool went. The worker says no more than this, and nothing about money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolOutcome {
    /// An answer, or a check that passed.
    Answered {
        /// JSON for the caller.
        body: Bytes,
        /// What a model used; zero where none was. Of a check that passed: the most that it may use.
        tokens: Tokens,
        /// The alias of the model that answered, or of a check that passed: that would.
        model: Option<String>,
    },
    /// The input is refused; the caller pays nothing.
    Rejected {
        /// The HTTP status, from 400 to 499, or 501 for what an operator has not set up.
        status: u16,
        /// The last part of the problem's `type`, such as `code-rejected`.
        code: String,
        /// A JSON object: `detail`, and members of its own such as `findings`.
        body: Bytes,
    },
    /// The worker failed on our side; the caller is refunded and told nothing more.
    Failed,
    /// Somebody whom the worker depends on failed; the caller is refunded and told what is said here.
    Upstream {
        /// The HTTP status, from 502 to 504.
        status: u16,
        /// The last part of the problem's `type`.
        code: String,
        /// A JSON object: `detail`, and members of its own. For the caller and for nobody else.
        body: Bytes,
    },
}

/// One piece of an answer that comes bit by bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolPiece {
    /// What has been used until now, so that whoever hears no end of it knows what was produced.
    pub used: Used,
    /// JSON for the caller, on one line.
    pub body: Bytes,
}

/// What an answer has used so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// Tokens, estimated from below where only the end will tell.
    pub tokens: Tokens,
    /// The alias of the model that answers.
    pub model: Option<String>,
}

impl ToolPiece {
    /// As the bus carries it: a line about what was used, and the rest.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        let mut bytes = serde_json::to_vec(&self.used).expect("integers and text");
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.body);
        bytes.into()
    }

    /// As the ingress reads it; `None` if it is no piece.
    #[must_use]
    pub fn from_bytes(bytes: &Bytes) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let used = serde_json::from_slice(&bytes[..end]).ok()?;
        Some(Self { used, body: bytes.slice(end + 1..) })
    }
}

impl ToolRequest {
    /// As the bus carries it.
    #[must_use]
    pub fn into_message(self) -> Message {
        let message = Message::new(self.body).with(TOOL, self.tool).with(REQUEST, self.request.to_string());
        match self.traceparent {
            Some(traceparent) => message.with(TRACEPARENT, traceparent),
            None => message,
        }
    }

    /// As a worker reads it; `None` if it is no call of a tool.
    #[must_use]
    pub fn from_message(message: Message) -> Option<Self> {
        Some(Self {
            tool: message.headers.get(TOOL)?.to_owned(),
            request: message.headers.get(REQUEST)?.parse().ok()?,
            traceparent: message.headers.get(TRACEPARENT).map(str::to_owned),
            body: message.payload,
        })
    }

    /// Runs or checks the tool and awaits how it went. A reply that cannot be read is a failure of the worker.
    pub async fn send(self, bus: &dyn Bus, subject: &str, deadline: Instant) -> Result<ToolOutcome, RequestError> {
        let reply = bus.request(subject, self.into_message(), deadline).await?;
        Ok(ToolOutcome::from_message(reply).unwrap_or(ToolOutcome::Failed))
    }

    /// Runs the tool for an answer that comes bit by bit: each piece a [`ToolPiece`], the end a [`ToolOutcome`].
    pub async fn send_for_parts(
        self,
        bus: &dyn Bus,
        subject: &str,
        deadline: Instant,
    ) -> Result<Parts, RequestError> {
        bus.request_parts(subject, self.into_message(), deadline).await
    }
}

impl ToolOutcome {
    /// As the bus carries it.
    #[must_use]
    pub fn into_message(self) -> Message {
        match self {
            Self::Answered { body, tokens, model } => {
                let message = Message::new(body)
                    .with(OUTCOME, "answered")
                    .with(TOKENS_INPUT, tokens.input.to_string())
                    .with(TOKENS_OUTPUT, tokens.output.to_string());
                match model {
                    Some(model) => message.with(MODEL, model),
                    None => message,
                }
            }
            Self::Rejected { status, code, body } => {
                Message::new(body).with(OUTCOME, "rejected").with(STATUS, status.to_string()).with(CODE, code)
            }
            Self::Failed => Message::default().with(OUTCOME, "failed"),
            Self::Upstream { status, code, body } => {
                Message::new(body).with(OUTCOME, "upstream").with(STATUS, status.to_string()).with(CODE, code)
            }
        }
    }

    /// As the ingress reads it; `None` if it is no outcome.
    #[must_use]
    pub fn from_message(message: Message) -> Option<Self> {
        let headers = &message.headers;
        let number = |name| headers.get(name)?.parse().ok();
        match headers.get(OUTCOME)? {
            "answered" => {
                let tokens = Tokens { input: number(TOKENS_INPUT)?, output: number(TOKENS_OUTPUT)? };
                let model = headers.get(MODEL).map(str::to_owned);
                Some(Self::Answered { body: message.payload, tokens, model })
            }
            "rejected" => {
                let status = headers.get(STATUS)?.parse().ok().filter(|status| matches!(status, 400..=499 | 501))?;
                let code = headers.get(CODE)?.to_owned();
                Some(Self::Rejected { status, code, body: message.payload })
            }
            "failed" => Some(Self::Failed),
            "upstream" => {
                let status = headers.get(STATUS)?.parse().ok().filter(|status| (502..=504).contains(status))?;
                let code = headers.get(CODE)?.to_owned();
                Some(Self::Upstream { status, code, body: message.payload })
            }
            _ => None,
        }
    }
}
