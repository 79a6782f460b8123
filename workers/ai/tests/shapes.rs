//! Answers that must be JSON of a tool's shape, and what becomes of those that are not.

use aipaygen_events::account::Tokens;
use serde_json::json;

use crate::support::{Act, House, refused};

#[tokio::test]
async fn the_prompt_is_rendered_and_the_shape_is_asked_for() {
    let house = House::open().await;
    house.fake.next(Act::Say(r#"{"grade": 2}"#.to_owned()));
    let answer = house.answer("grade", json!({ "text": "Some {{text}}.", "strict": true })).await;
    assert_eq!(answer.body["grade"], 2);
    assert_eq!((&answer.body["model"], &answer.body["usage"]["output_tokens"]), (&"haiku".into(), &7.into()));
    let asked = &house.fake.seen()[0].body;
    assert_eq!(asked["messages"][0]["content"][0]["text"], "Grade this strictly: Some {{text}}.");
    let system = asked["system"].as_str().unwrap();
    assert!(system.starts_with("You grade texts.") && system.contains("\"maximum\":6"), "{system}");
}

#[tokio::test]
async fn a_provider_with_a_mode_for_json_is_held_to_it() {
    let house = House::open().await;
    for model in ["gpt-4o-mini", "gemini-2.5-flash"] {
        house.fake.next(Act::Say(r#"{"grade": 2}"#.to_owned()));
        house.answer("grade", json!({ "text": "x", "model": model })).await;
    }
    let seen = house.fake.seen();
    assert_eq!(seen[0].body["response_format"], json!({ "type": "json_object" }));
    assert_eq!(seen[1].body["generationConfig"]["responseMimeType"], "application/json");
}

#[tokio::test]
async fn what_stands_around_the_json_is_left_out() {
    let house = House::open().await;
    for text in ["```json\n{\"grade\": 3}\n```", "Sure! {\"grade\": 3,} Bye.", "{\"grade\": 3, \"why\": \"unasked\"}"]
    {
        house.fake.next(Act::Say(text.to_owned()));
        let answer = house.answer("grade", json!({ "text": "x" })).await;
        assert_eq!((&answer.body["grade"], answer.body.get("why")), (&3.into(), None), "{text}");
    }
    assert_eq!(house.fake.seen().len(), 3, "none was asked twice");
}

#[tokio::test]
async fn another_shape_is_asked_for_once_more_and_only_the_answer_that_is_used_is_counted() {
    let house = House::open().await;
    let usage = json!({ "input_tokens": 900, "output_tokens": 900 });
    house
        .fake
        .next(Act::SayWithUsage(r#"{"grade": 99}"#.to_owned(), usage))
        .next(Act::Say(r#"{"grade": 6}"#.to_owned()));
    let answer = house.answer("grade", json!({ "text": "x" })).await;
    assert_eq!((&answer.body["grade"], answer.tokens), (&6.into(), Tokens { input: 11, output: 7 }));
    let again = &house.fake.seen()[1].body["messages"];
    assert_eq!(again[1]["content"][0]["text"], r#"{"grade": 99}"#);
    assert!(again[2]["content"][0]["text"].as_str().unwrap().contains("/grade: is at most 6"), "{again}");
}

#[tokio::test]
async fn a_shape_that_is_missed_twice_is_a_failure() {
    let house = House::open().await;
    house.fake.next(Act::Say("no".to_owned())).next(Act::Say("{}".to_owned()));
    let (status, code, _) = refused(house.ask("grade", json!({ "text": "x" })).await);
    assert_eq!((status, code.as_str()), (502, "model-answer-invalid"));
    assert_eq!(house.fake.seen().len(), 2);
}
