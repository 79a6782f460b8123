//! Models that answer, with a provider over real HTTP behind the real product: what it costs, what is given back, what
//! is said to whom, and that nothing of it is kept.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::fake_provider::{Act, FakeProvider};
use crate::support::http::Client;
use crate::support::{repository, scan, wait};

const CANARY: &str = "xylophone-Quetzal-5c02ab17-canary";
/// Long enough that no spelling of it is found by chance.
const KEY: &str = "sk-a-key-of-the-acceptance-suite-7d1f60b2";

/// The product, with every provider's place taken by the fake.
async fn app(fake: &FakeProvider) -> App {
    let url = fake.url.as_str();
    App::with(&[
        ("AI__PROVIDERS__ANTHROPIC__URL", url),
        ("AI__PROVIDERS__ANTHROPIC__KEY", KEY),
        ("AI__PROVIDERS__OPENAI__URL", url),
        ("AI__PROVIDERS__OPENAI__KEY", KEY),
        ("AI__PROVIDERS__GEMINI__URL", url),
        ("AI__PROVIDERS__GEMINI__KEY", KEY),
        ("AI__ATTEMPTS_MAX", "1"),
        ("AI__FALLBACKS__HAIKU", "[]"),
        ("LOG__LEVEL", "trace"),
    ])
    .await
}

fn chat(text: &str, members: &Value) -> Value {
    let mut body = json!({ "model": "haiku", "messages": [{ "role": "user", "content": text }] });
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

async fn metered(caller: &Client, body: &Value) -> crate::support::http::Answer {
    let request = caller.request(reqwest::Method::POST, "/chat").header("x-pricing", "metered");
    caller.send(request.json(body)).await
}

#[tokio::test]
async fn a_metered_call_costs_its_tokens_and_the_rest_of_the_hold_comes_back() {
    let fake = FakeProvider::start().await;
    let app = app(&fake).await;
    let before = app.caller.balance().await;
    let answer = metered(&app.caller, &chat("Which city?", &json!({}))).await.expect(200);
    // Eleven tokens at 0.80 and seven at 4 USD a million: 8.8 + 28, rounded up once.
    assert_eq!((answer.header("x-price-usdc"), answer.header("x-model")), ("0.000037", "haiku"));
    assert!(!answer.header("x-payment-receipt").is_empty());
    app.settled().await;
    assert_eq!(before - app.caller.balance().await, 37);
    let request = app.caller.get(&format!("/requests/{}", answer.request())).await.expect(200).json();
    assert_eq!((&request["pricing"], &request["price"]), (&"metered".into(), &37.into()));
    assert_eq!(request["tokens"], json!({ "input": 11, "output": 7 }));
    assert_eq!(request["receipt"], answer.header("x-payment-receipt"));
}

#[tokio::test]
async fn a_provider_that_fails_gives_the_money_back() {
    let fake = FakeProvider::start().await;
    let app = app(&fake).await;
    let before = app.caller.balance().await;
    fake.next(Act::Fail(401, vec![], r#"{"error":"no such key"}"#.to_owned()));
    let answer = app.caller.post("/chat", &chat("Which city?", &json!({}))).await.expect(503);
    assert_eq!((&answer.json()["charged"], answer.header("x-refund-credit").is_empty()), (&20_000.into(), false));
    fake.next(Act::Cut(2));
    let answer = metered(&app.caller, &chat("Which city?", &json!({ "stream": true }))).await.expect(200);
    assert!(
        answer.text().contains("event: error") && answer.text().contains("\"refund_credit\":\"cr_"),
        "{answer:?}"
    );
    app.settled().await;
    assert_eq!(app.caller.balance().await, before);
}

#[tokio::test]
async fn whoever_leaves_a_stream_stops_it_and_pays_for_what_was_produced() {
    let fake = FakeProvider::start().await;
    let app = app(&fake).await;
    let before = app.caller.balance().await;
    fake.next(Act::Drip(usize::MAX, Duration::from_millis(20)));
    let body = chat("Go on.", &json!({ "stream": true, "max_tokens": 1_000 }));
    let request = app.caller.request(reqwest::Method::POST, "/chat").header("x-pricing", "metered").json(&body);
    let mut response = request.send().await.unwrap();
    for _ in 0..5 {
        response.chunk().await.unwrap().unwrap();
    }
    drop(response);
    wait::within(Duration::from_secs(1), "the provider is left", async || (fake.left() == 1).then_some(())).await;
    app.settled().await;
    let cost = before - app.caller.balance().await;
    assert!((9..4_000).contains(&cost), "{cost}");
}

#[tokio::test]
async fn what_is_said_to_models_and_by_them_is_found_nowhere_afterwards() {
    let fake = FakeProvider::start().await;
    let mut app = app(&fake).await;
    fake.next(Act::Say(format!("Of course: {CANARY}")));
    let paid = app.caller.post("/chat", &chat(CANARY, &json!({ "system": CANARY }))).await.expect(200);
    assert!(paid.text().contains(CANARY));
    for act in [
        Act::Fail(500, vec![], CANARY.to_owned()),
        Act::Fail(400, vec![("x-said", CANARY.to_owned())], CANARY.to_owned()),
        Act::FailInStream(CANARY.to_owned()),
        Act::Say(format!("{CANARY}\r\nX-Injected: {CANARY}")),
    ] {
        let streams = matches!(act, Act::FailInStream(_));
        fake.next(act);
        let said = app.caller.post("/chat", &chat(CANARY, &json!({ "stream": streams }))).await;
        assert!(said.text().contains(CANARY), "the caller is told: {said:?}");
        assert_eq!(said.header("x-injected"), "");
    }
    app.settled().await;
    app.stop();
    let found = scan::files_holding(app.dir(), &[paid.request().to_owned().into_bytes()]);
    assert!(found.len() > 1, "the request is found in {found:?}");
    for secret in [CANARY, KEY] {
        let leaks = scan::files_holding(app.dir(), &scan::spellings(secret));
        assert!(leaks.is_empty(), "{secret} is in {leaks:?}");
    }
}

#[tokio::test]
async fn several_prompts_are_answered_under_one_payment() {
    let fake = FakeProvider::start().await;
    let app = app(&fake).await;
    let before = app.caller.balance().await;
    fake.next(Act::Say("Paris".to_owned())).next(Act::Say("It is large.".to_owned()));
    let body = json!({ "prompts": ["Name a city.", "Say one thing about {{prev}}."], "model": "haiku" });
    let answer = app.caller.post("/chain", &body).await.expect(200).json();
    assert_eq!(answer["answer"]["reply"], "It is large.");
    assert_eq!(fake.seen()[1].body["messages"][0]["content"][0]["text"], "Say one thing about Paris.");
    app.settled().await;
    assert_eq!(before - app.caller.balance().await, 50_000);
}

/// What each of the unmodified clients has to see.
async fn used_by(program: &str, script: &str) -> Value {
    let fake = FakeProvider::start().await;
    let app = app(&fake).await;
    for act in [
        Act::Say("Paris.".to_owned()),
        Act::Say("Paris it is.".to_owned()),
        Act::Call("weather", json!({ "city": "Paris" })),
    ] {
        fake.next(act);
    }
    // The embeddings come with their own answer, whatever is next.
    fake.next(Act::Say(String::new())).next(Act::Fail(500, vec![], "{}".to_owned())).next(Act::Cut(2));
    let poor = app.account(1);
    let mut client = Command::new(repository().join(program));
    if !program.contains('/') {
        client = Command::new(program);
    }
    client.arg(repository().join("tests/openai").join(script));
    client.args([&format!("http://{}", app.address()), app.caller.key(), poor.key()]);
    client.env("NODE_PATH", repository().join("target/npm/node_modules"));
    let output = tokio::task::spawn_blocking(move || client.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    app.settled().await;
    serde_json::from_slice(&output.stdout).unwrap()
}

fn is_as_documented(seen: &Value) {
    assert!(seen["models"].as_array().unwrap().contains(&"haiku".into()), "{seen}");
    assert_eq!(
        (&seen["model"], &seen["text"], &seen["finish"]),
        (&"openai".into(), &"Paris.".into(), &"stop".into())
    );
    assert_eq!((&seen["usage"], &seen["streamed"]), (&18.into(), &"Paris it is.".into()));
    assert_eq!((&seen["streamed_usage"], &seen["receipt"]), (&7.into(), &2.into()));
    assert_eq!(seen["call"], json!(["weather", { "city": "Paris" }]));
    // Eleven tokens at 0.15 and seven at 0.60 USD a million: 1.65 + 4.2, rounded up once.
    assert_eq!(seen["metered_price"], "0.000006");
    let vector: Vec<f64> = serde_json::from_value(seen["vector"].clone()).unwrap();
    assert_eq!(vector, [0.5, -0.25, 1.0]);
    assert_eq!(seen["unknown_model"], json!(["NotFoundError", 404, "model-not-found"]));
    assert_eq!(seen["bad_member"], json!(["UnprocessableEntityError", 422, "invalid-body"]));
    assert_eq!(seen["provider_failed"], json!(["InternalServerError", 502, "provider-failed"]));
    assert_eq!((&seen["broke_off"][0], &seen["broke_off"][2]), (&"APIError".into(), &"provider-failed".into()));
    assert_eq!(seen["wrong_key"], json!(["AuthenticationError", 401, "invalid-api-key"]));
    assert_eq!(seen["no_money"], json!(["APIStatusError", 402, "insufficient-funds"]));
}

#[tokio::test]
async fn the_client_of_pypi_finds_what_it_expects() {
    is_as_documented(&used_by("target/venv/bin/python", "client.py").await);
}

#[tokio::test]
async fn the_client_of_npm_finds_what_it_expects() {
    let mut seen = used_by("node", "client.cjs").await;
    // This client has no name of its own for a 402.
    assert_eq!(seen["no_money"], json!(["APIError", 402, "insufficient-funds"]));
    seen["no_money"] = json!(["APIStatusError", 402, "insufficient-funds"]);
    is_as_documented(&seen);
}
