//! Providers that fail: who is asked again, who stands in, and what the caller is told.

use std::time::{Duration, Instant};

use aipaygen_events::account::Tokens;
use serde_json::json;

use crate::support::{Act, House, chat, refused};

fn fail(status: u16) -> Act {
    Act::Fail(status, vec![], r#"{"error":{"message":"canary-of-the-provider"}}"#.to_owned())
}

#[tokio::test]
async fn a_passing_failure_is_asked_again() {
    let house = House::open().await;
    for act in
        [fail(500), fail(503), fail(529), Act::Garbage, Act::SayAfter(Duration::from_secs(2), "late".to_owned())]
    {
        let before = house.fake.seen().len();
        house.fake.next(act);
        let answer = house.answer("chat", chat("x", json!({}))).await;
        assert_eq!(answer.body["reply"], "Hello from the fake.");
        assert_eq!(house.fake.seen().len(), before + 2);
    }
}

#[tokio::test]
async fn retry_after_is_waited_for_and_not_beyond_the_bound() {
    let house = House::open().await;
    let busy = |seconds: &str| Act::Fail(429, vec![("retry-after", seconds.to_owned())], "{}".to_owned());
    house.fake.next(busy("1"));
    let asked = Instant::now();
    house.answer("chat", chat("x", json!({}))).await;
    assert!(asked.elapsed() >= Duration::from_secs(1));
    house.fake.next(busy("3600"));
    let asked = Instant::now();
    let (status, code, _) = refused(house.ask("chat", chat("x", json!({}))).await);
    assert_eq!((status, code.as_str()), (503, "provider-busy"));
    assert!(asked.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn what_the_provider_says_reaches_the_caller_and_its_status_does_not() {
    let house = House::with(|settings| settings.attempts_max = 1).await;
    let expected = [
        (401, 503, "provider-refused-us"),
        (402, 503, "provider-refused-us"),
        (403, 503, "provider-refused-us"),
        (404, 502, "provider-failed"),
        (400, 422, "model-refused"),
    ];
    for (theirs, ours, code) in expected {
        house.fake.next(fail(theirs));
        let (status, said, body) = refused(house.ask("chat", chat("x", json!({}))).await);
        assert_eq!((status, said.as_str()), (ours, code), "{theirs}");
        assert_eq!((&body["provider"], &body["provider_status"]), (&"anthropic".into(), &theirs.into()));
        assert!(body["provider_error"].as_str().unwrap().contains("canary-of-the-provider"));
    }
}

#[tokio::test]
async fn another_model_stands_in_and_is_named() {
    let stand_in = |settings: &mut aipaygen_ai::Settings| {
        settings.attempts_max = 1;
        settings.fallbacks.insert("haiku".to_owned(), vec!["deepseek-v3".to_owned(), "gpt-4o-mini".to_owned()]);
    };
    let house = House::with(stand_in).await;
    house.fake.next(fail(401));
    let answer = house.answer("chat", chat("x", json!({ "model": "haiku" }))).await;
    assert_eq!((answer.model.as_str(), &answer.body["model"]), ("gpt-4o-mini", &"gpt-4o-mini".into()));
    assert_eq!(answer.body["provider"], "openai");
    // What the input is refused for, no other model is asked.
    house.fake.next(fail(400));
    assert_eq!(refused(house.ask("chat", chat("x", json!({}))).await).0, 422);
}

#[tokio::test]
async fn a_provider_that_fails_and_fails_is_left_alone_for_a_while() {
    let house = House::with(|settings| (settings.breaker_failures, settings.attempts_max) = (2, 1)).await;
    house.fake.next(fail(500)).next(fail(500));
    for _ in 0..2 {
        assert_eq!(refused(house.ask("chat", chat("x", json!({}))).await).0, 502);
    }
    assert_eq!(refused(house.ask("chat", chat("x", json!({}))).await).0, 503);
    assert_eq!(house.fake.seen().len(), 2, "the third was not asked");
    house.answer("chat", chat("x", json!({ "model": "gpt-4o" }))).await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    house.answer("chat", chat("x", json!({}))).await;
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_is_a_failure() {
    let house = House::with(|settings| {
        settings.attempts_max = 1;
        settings.providers.get_mut("anthropic").unwrap().url = "http://127.0.0.1:1".to_owned();
    })
    .await;
    let (status, _, body) = refused(house.ask("chat", chat("x", json!({}))).await);
    assert_eq!((status, &body["provider_error"]), (502, &"it cannot be reached".into()));
}

#[tokio::test]
async fn an_answer_without_an_end_is_a_failure() {
    let house = House::with(|settings| settings.attempts_max = 1).await;
    house.fake.next(Act::Say("x".repeat(200_000)));
    let (status, _, body) = refused(house.ask("chat", chat("x", json!({}))).await);
    assert_eq!((status, &body["provider_error"]), (502, &"the answer is too long".into()));
}

#[tokio::test]
async fn a_usage_that_cannot_be_is_not_believed() {
    let house = House::open().await;
    let wrong = [
        (json!({}), Tokens { input: 0, output: 2 }),
        (json!({ "input_tokens": -5, "output_tokens": "many" }), Tokens { input: 0, output: 2 }),
        (json!({ "input_tokens": 1_000_000_000, "output_tokens": 7 }), Tokens { input: 193, output: 7 }),
    ];
    for (usage, expected) in wrong {
        house.fake.next(Act::SayWithUsage("12345678".to_owned(), usage));
        assert_eq!(house.answer("chat", chat("x".repeat(65).as_str(), json!({}))).await.tokens, expected);
    }
}

#[tokio::test]
async fn words_of_a_model_are_never_headers() {
    let house = House::open().await;
    let text = "ok\r\nModel: opus\r\nTokens-Output: 0\r\n\r\n";
    house.fake.next(Act::Say(text.to_owned()));
    let answer = house.answer("chat", chat("x", json!({}))).await;
    assert_eq!((answer.body["reply"].as_str().unwrap(), answer.model.as_str()), (text.trim(), "haiku"));
    assert_eq!(answer.tokens.output, 7);
}
