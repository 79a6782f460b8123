//! A worker whose answers take tokens of a model, and come bit by bit where that is wanted.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_bus::tool::{ToolOutcome, ToolPiece, ToolRequest, Used, check_subject, run_subject};
use aipaygen_bus::{Handler, Message, Request, ServeOptions, SharedBus};
use aipaygen_events::account::Tokens;
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};

/// The most that a call may use: at the rates of haiku 800 + 400 micro-USD.
const MOST: Tokens = Tokens { input: 1_000, output: 100 };

pub(super) async fn serve(bus: &SharedBus) {
    let options = |subject| ServeOptions { subject, concurrency: 64 };
    bus.serve(options(check_subject("spoken")), Arc::new(Check)).await.unwrap();
    bus.serve(options(run_subject("spoken")), Arc::new(Run)).await.unwrap();
}

struct Check;

#[async_trait]
impl Handler for Check {
    async fn handle(&self, _: Request) -> Message {
        ToolOutcome::Answered { body: "{}".into(), tokens: MOST, model: Some("haiku".to_owned()) }.into_message()
    }
}

struct Run;

#[async_trait]
impl Handler for Run {
    async fn handle(&self, request: Request) -> Message {
        let (cancelled, parts) = (request.cancelled.clone(), request.parts.clone());
        let call = ToolRequest::from_message(request.message).unwrap();
        let body: Value = serde_json::from_slice(&call.body).unwrap();
        let said = body["say"].as_str().unwrap().to_owned();
        let mut tokens = Tokens { input: 10, output: 0 };
        if let Some(parts) = parts {
            let words = if said == "endless" { usize::MAX } else { 3 };
            for _ in 0..words {
                if said == "silent" {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                tokens.output += 5;
                let used = Used { tokens, model: Some("haiku".to_owned()) };
                let piece = ToolPiece { used, body: json!({ "said": "word " }).to_string().into() };
                if cancelled.is_cancelled() || parts.send(piece.into_bytes()).await.is_err() {
                    break;
                }
                if said == "endless" {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
        outcome(&said).into_message()
    }
}

fn outcome(said: &str) -> ToolOutcome {
    let model = |model: &str, tokens| ToolOutcome::Answered {
        body: Bytes::from(json!({ "said": said, "model": model }).to_string()),
        tokens,
        model: Some(model.to_owned()),
    };
    match said {
        "dear" => model("opus", Tokens { input: 1_000, output: 100 }),
        "upstream" => ToolOutcome::Upstream {
            status: 503,
            code: "provider-busy".to_owned(),
            body: json!({ "detail": "It is busy.", "provider_error": "canary", "charged": 9 }).to_string().into(),
        },
        _ => model("haiku", Tokens { input: 10, output: 5 }),
    }
}
