//! A worker whose providers are one fake, and short words for asking it.

#[path = "../../../../tests/support/fake_dialects.rs"]
pub(crate) mod fake_dialects;
#[path = "../../../../tests/support/fake_provider.rs"]
pub(crate) mod fake_provider;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_ai::{Deps, Dialect, EmbeddedSettings, ProviderSettings, Settings, Worker};
use aipaygen_bus::local::LocalBus;
use aipaygen_bus::tool::{ToolOutcome, ToolRequest, check_subject, run_subject};
use aipaygen_bus::{Parts, SharedBus};
use aipaygen_catalog::Catalog;
use aipaygen_events::account::Tokens;
use serde_json::{Value, json};

pub(crate) use fake_provider::{Act, FakeProvider};

/// A worker and what is behind it.
pub(crate) struct House {
    pub(crate) bus: SharedBus,
    pub(crate) fake: FakeProvider,
    _worker: Worker,
}

/// An answer with what it took.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Value,
    pub(crate) tokens: Tokens,
    pub(crate) model: String,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings than the usual ones: every provider is the fake, and pauses are short.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        // Whoever is first chooses for all tests of the process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let fake = FakeProvider::start().await;
        let mut settings = settings(&fake.url);
        change(&mut settings);
        let bus: SharedBus = LocalBus::new(&aipaygen_bus::Settings::default());
        let deps = Deps { bus: bus.clone(), catalog: Arc::new(catalog()), settings };
        Self { fake, _worker: Worker::start(deps).await.unwrap(), bus }
    }

    pub(crate) async fn ask(&self, tool: &str, body: Value) -> ToolOutcome {
        self.send(run_subject("ai"), tool, body).await
    }

    pub(crate) async fn check(&self, tool: &str, body: Value) -> ToolOutcome {
        self.send(check_subject("ai"), tool, body).await
    }

    pub(crate) async fn answer(&self, tool: &str, body: Value) -> Answer {
        answered(self.ask(tool, body).await)
    }

    pub(crate) async fn parts(&self, tool: &str, body: Value) -> Parts {
        let request = request(tool, &body);
        request.send_for_parts(self.bus.as_ref(), &run_subject("ai"), deadline()).await.unwrap()
    }

    async fn send(&self, subject: String, tool: &str, body: Value) -> ToolOutcome {
        request(tool, &body).send(self.bus.as_ref(), &subject, deadline()).await.unwrap()
    }
}

pub(crate) fn answered(outcome: ToolOutcome) -> Answer {
    let ToolOutcome::Answered { body, tokens, model } = outcome else { panic!("{outcome:?}") };
    Answer { body: serde_json::from_slice(&body).unwrap(), tokens, model: model.unwrap() }
}

/// The status, the code and the body of what is no answer.
pub(crate) fn refused(outcome: ToolOutcome) -> (u16, String, Value) {
    match outcome {
        ToolOutcome::Rejected { status, code, body } | ToolOutcome::Upstream { status, code, body } => {
            (status, code, serde_json::from_slice(&body).unwrap())
        }
        ToolOutcome::Answered { .. } | ToolOutcome::Failed => panic!("{outcome:?}"),
    }
}

/// A chat of one message, with these members besides.
pub(crate) fn chat(text: &str, members: Value) -> Value {
    let mut body = json!({ "messages": [{ "role": "user", "content": text }] });
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

fn request(tool: &str, body: &Value) -> ToolRequest {
    let request = "req_018f3b5e000070008000000000000001".parse().unwrap();
    ToolRequest { tool: tool.to_owned(), request, traceparent: None, body: body.to_string().into() }
}

fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

/// What stands behind the providers is another suite's.
fn no_embedded_models() -> EmbeddedSettings {
    EmbeddedSettings {
        enabled: false,
        model: "/nonexistent".into(),
        vectors: "/nonexistent".into(),
        vectors_tokenizer: "/nonexistent".into(),
        context_tokens_max: 2,
        answer_tokens_max: 1,
        threads: 1,
        generations_in_parallel: 1,
        generations_waiting_max: 0,
        prefix_tokens_max: 0,
    }
}

fn settings(url: &str) -> Settings {
    let provider = |dialect| ProviderSettings {
        dialect,
        url: url.to_owned(),
        key: "sk-canary-key".to_owned().into(),
        key_file: None,
        keyless: false,
        models: BTreeMap::new(),
    };
    Settings {
        calls_in_flight_max: 16,
        default_models: vec!["haiku".to_owned()],
        attempts_max: 2,
        retry_pause_ms: 10,
        retry_pause_ms_max: 2_000,
        breaker_failures: 100,
        breaker_pause_ms: 200,
        connect_timeout_ms: 1_000,
        silence_ms_max: 1_000,
        answer_bytes_max: 100_000,
        fallbacks: BTreeMap::new(),
        embedded: no_embedded_models(),
        providers: BTreeMap::from([
            ("anthropic".to_owned(), provider(Dialect::Anthropic)),
            ("openai".to_owned(), provider(Dialect::OpenAi)),
            ("gemini".to_owned(), provider(Dialect::Gemini)),
        ]),
    }
}

/// The tools that come with the program, and one whose answer is JSON.
fn catalog() -> Catalog {
    let mut catalog = Catalog::built_in().unwrap();
    catalog.add("grade.toml", include_str!("../tools/grade.toml")).unwrap();
    catalog
}
