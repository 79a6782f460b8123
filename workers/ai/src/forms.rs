//! The forms of calls: what a caller's members become, and what an answer looks like.

pub(crate) mod completions;
pub(crate) mod embeddings;
pub(crate) mod tool;

use aipaygen_bus::tool::{ToolOutcome, ToolPiece};
use aipaygen_catalog::ModelCall;
use aipaygen_events::RequestId;
use aipaygen_events::account::Tokens;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use crate::engine::{Fault, Watch};
use crate::prompt::Prompt;
use crate::routes::{Route, Unreachable};

/// How many bits of an answer may be ahead of the caller.
const BITS_AHEAD: usize = 8;

/// A call, with everything that its answer takes.
pub(crate) struct Call<'a> {
    pub(crate) request: RequestId,
    pub(crate) tool: &'a str,
    pub(crate) how: &'a ModelCall,
    pub(crate) input: Map<String, Value>,
    pub(crate) watch: Watch,
    /// Where an answer goes that is wanted bit by bit.
    pub(crate) pieces: Option<mpsc::Sender<Bytes>>,
}

/// Why a call is not answered.
pub(crate) enum Refusal {
    /// Nobody can answer it here.
    Unreachable(Unreachable),
    /// A member is not what it must be, in words that quote nothing.
    Input { field: &'static str, reason: &'static str },
    /// Whoever was asked did not answer.
    Fault(Fault),
    /// What was answered is not of the tool's shape.
    Misshapen,
}

impl Call<'_> {
    /// The model that the caller names.
    pub(crate) fn named(&self) -> Option<&str> {
        self.input.get("model").and_then(Value::as_str)
    }

    /// How many tokens the answer may have: what the caller says, within the tool's bound and the model's.
    pub(crate) fn output_tokens_max(&self, model_max: u32) -> u32 {
        let asked = self.input.get("max_tokens").and_then(Value::as_u64).and_then(|asked| u32::try_from(asked).ok());
        asked.unwrap_or(u32::MAX).min(self.how.output_tokens_max).min(model_max)
    }

    /// Whether the answer is wanted bit by bit.
    pub(crate) fn streams(&self) -> bool {
        self.pieces.is_some() && self.input.get("stream") == Some(&Value::Bool(true))
    }

    /// Sends one piece on its way.
    pub(crate) async fn send(&self, piece: ToolPiece) -> Result<(), Fault> {
        match &self.pieces {
            Some(pieces) => pieces.send(piece.into_bytes()).await.map_err(|_| Fault::Unwanted),
            None => Ok(()),
        }
    }
}

/// The most that an answer to this prompt may use, and who would give it.
fn quoted(route: &Route, prompt: &Prompt) -> ToolOutcome {
    // No model reads more than it can look at.
    let input = prompt.input_tokens_max().min(u64::from(route.model.context_tokens));
    let tokens = Tokens { input, output: u64::from(prompt.output_tokens_max) };
    ToolOutcome::Answered { body: "{}".into(), tokens, model: Some(route.model.alias.clone()) }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Unreachable> for Refusal {
    fn from(unreachable: Unreachable) -> Self {
        Self::Unreachable(unreachable)
    }
}

impl Refusal {
    /// What the ingress is told. A provider's own words go to the caller and nowhere else.
    pub(crate) fn into_outcome(self) -> ToolOutcome {
        match self {
            Self::Unreachable(Unreachable::Unknown) => rejected(
                404,
                "model-not-found",
                json!({ "detail": "There is no such model for this. See GET /models." }),
            ),
            Self::Unreachable(Unreachable::NeedsSetting(setting)) => {
                let detail = format!("This service is not set up for it. It would need {setting}.");
                rejected(501, "model-not-configured", json!({ "detail": detail, "setting": setting }))
            }
            Self::Input { field, reason } => {
                let violations = json!([{ "field": field, "rule": "input", "message": reason }]);
                rejected(
                    422,
                    "input-rejected",
                    json!({ "detail": format!("{field} {reason}."), "violations": violations }),
                )
            }
            Self::Misshapen => upstream(
                502,
                "model-answer-invalid",
                json!({ "detail": "The model's answer was not of the tool's shape, twice." }),
            ),
            Self::Fault(fault) => of_fault(fault),
        }
    }
}

fn of_fault(fault: Fault) -> ToolOutcome {
    let told = |detail: &str, said: crate::engine::Said| {
        json!({
            "detail": detail, "provider": said.provider, "provider_status": said.status, "provider_error": said.text,
        })
    };
    match fault {
        Fault::Unwanted | Fault::Late => {
            upstream(504, "tool-timeout", json!({ "detail": "The model did not answer in time." }))
        }
        Fault::Refused { said } => {
            rejected(422, "model-refused", told("The model's provider refuses this input.", said))
        }
        Fault::NotLetIn { said } => {
            upstream(503, "provider-refused-us", told("The model's provider does not let us in.", said))
        }
        Fault::Busy { said, .. } => {
            upstream(503, "provider-busy", told("The model's provider has too much to do.", said))
        }
        Fault::Broken { said } => upstream(502, "provider-failed", told("The model's provider failed.", said)),
    }
}

fn rejected(status: u16, code: &str, body: Value) -> ToolOutcome {
    ToolOutcome::Rejected { status, code: code.to_owned(), body: body.to_string().into() }
}

fn upstream(status: u16, code: &str, body: Value) -> ToolOutcome {
    ToolOutcome::Upstream { status, code: code.to_owned(), body: body.to_string().into() }
}
