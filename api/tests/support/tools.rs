//! Tools that do what a test wants.

mod spoken;

use std::sync::Arc;
use std::time::Duration;

use aipaygen_bus::tool::{ToolOutcome, ToolRequest, check_subject, run_subject};
use aipaygen_bus::{Handler, Message, Request, ServeOptions, SharedBus};
use aipaygen_catalog::Catalog;
use aipaygen_events::account::Tokens;
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};

/// One tool a queue: `echo` answers with its input, `checked` is asked first, `absent` has no worker.
pub(crate) fn catalog() -> Catalog {
    let files =
        [("echo", false, 2_000, r#"["/echo/run"]"#), ("checked", true, 2_000, "[]"), ("slow", false, 300, "[]")];
    let files = files.into_iter().chain([("absent", false, 2_000, "[]"), ("narrow", false, 5_000, "[]")]);
    let texts: Vec<_> = files.map(|(name, check, ms, routes)| (name, text(name, check, ms, routes))).collect();
    let mut catalog = Catalog::try_new(texts.iter().map(|(name, text)| (*name, text.as_str()))).unwrap();
    catalog.add("spoken", include_str!("spoken.toml")).unwrap();
    catalog.add("batch", include_str!("../../../catalog/tools/batch.toml")).unwrap();
    catalog.add("pipeline", include_str!("../../../catalog/tools/pipeline.toml")).unwrap();
    catalog
}

fn text(name: &str, check: bool, timeout_ms: u64, routes: &str) -> String {
    format!(
        r#"
        name = "{name}"
        title = "A tool"
        summary = "Does what the test wants."
        price_usd = "0.02"
        queue = "{name}"
        check = {check}
        timeout_ms = {timeout_ms}
        routes = {routes}
        output_schema = {{}}
        [input_schema]
        type = "object"
        required = ["say"]
        additionalProperties = false
        properties.say = {{ type = "string", maxLength = 1000000 }}
        [example]
        input = {{ say = "hello" }}
        output = {{ say = "hello" }}
        "#
    )
}

/// Starts a worker for each queue but `absent`; `narrow` has room for one call.
pub(crate) async fn serve(bus: &SharedBus) {
    for queue in ["echo", "checked", "slow", "narrow"] {
        let concurrency = if queue == "narrow" { 1 } else { 64 };
        let options = ServeOptions { subject: run_subject(queue), concurrency };
        bus.serve(options, Arc::new(Tool)).await.unwrap();
    }
    let options = ServeOptions { subject: check_subject("checked"), concurrency: 64 };
    bus.serve(options, Arc::new(Check)).await.unwrap();
    spoken::serve(bus).await;
}

struct Tool;

#[async_trait]
impl Handler for Tool {
    async fn handle(&self, request: Request) -> Message {
        let call = ToolRequest::from_message(request.message).unwrap();
        let said: Value = serde_json::from_slice(&call.body).unwrap();
        match said["say"].as_str().unwrap() {
            "fail" => ToolOutcome::Failed,
            "panic" => panic!("fell over"),
            "reject" => rejected(),
            "wait" => {
                tokio::time::sleep(Duration::from_millis(700)).await;
                answered(call.body)
            }
            _ => answered(call.body),
        }
        .into_message()
    }
}

struct Check;

#[async_trait]
impl Handler for Check {
    async fn handle(&self, request: Request) -> Message {
        let call = ToolRequest::from_message(request.message).unwrap();
        let said: Value = serde_json::from_slice(&call.body).unwrap();
        match said["say"].as_str().unwrap() {
            "no" => rejected(),
            "broken" => panic!("fell over"),
            _ => answered(Bytes::new()),
        }
        .into_message()
    }
}

fn answered(body: Bytes) -> ToolOutcome {
    ToolOutcome::Answered { body, tokens: Tokens { input: 3, output: 4 }, model: None }
}

/// A refusal that tries to say what is not for a worker to say.
fn rejected() -> ToolOutcome {
    let body =
        json!({ "detail": "Line 1 is refused.", "findings": [{ "line": 1 }], "charged": 99, "request_id": "x" });
    ToolOutcome::Rejected { status: 422, code: "code-rejected".to_owned(), body: body.to_string().into() }
}
