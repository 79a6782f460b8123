//! Every dialect, both ways: what a provider is asked, and what is made of its answer.

use aipaygen_events::account::Tokens;
use serde_json::{Value, json};

use crate::support::{Act, House, answered, chat};

const MODELS: [&str; 3] = ["haiku", "gpt-4o-mini", "gemini-2.5-flash"];

#[tokio::test]
async fn every_dialect_answers_with_its_model_and_its_usage() {
    let house = House::open().await;
    for (model, provider) in MODELS.into_iter().zip(["anthropic", "openai", "gemini"]) {
        house.fake.next(Act::Say("Paris is it.".to_owned()));
        let answer =
            house.answer("chat", chat("Which city?", json!({ "model": model, "system": "Be brief." }))).await;
        assert_eq!(answer.body["reply"], "Paris is it.");
        assert_eq!((&answer.body["model"], &answer.body["provider"]), (&model.into(), &provider.into()));
        assert_eq!(answer.body["usage"], json!({ "input_tokens": 11, "output_tokens": 7 }));
        assert_eq!((answer.tokens, answer.model.as_str()), (Tokens { input: 11, output: 7 }, model));
    }
}

#[tokio::test]
async fn the_key_is_shown_as_the_dialect_has_it_and_the_prompt_is_where_it_belongs() {
    let house = House::open().await;
    for model in MODELS {
        house
            .answer("chat", chat("Which city?", json!({ "model": model, "system": "Be brief.", "max_tokens": 9 })))
            .await;
    }
    let seen = house.fake.seen();
    let shown = ["x-api-key: sk-canary-key", "authorization: Bearer sk-canary-key", "x-goog-api-key: sk-canary-key"];
    for (seen, shown) in seen.iter().zip(shown) {
        assert!(seen.head.contains(shown), "{}", seen.head);
    }
    assert!(seen[0].head.contains("anthropic-version: 2023-06-01"));
    let [anthropic, open_ai, gemini] = [&seen[0].body, &seen[1].body, &seen[2].body];
    assert_eq!((&anthropic["system"], &anthropic["max_tokens"]), (&"Be brief.".into(), &9.into()));
    assert_eq!(anthropic["messages"][0]["content"][0]["text"], "Which city?");
    assert_eq!(open_ai["messages"][0], json!({ "role": "system", "content": "Be brief." }));
    assert_eq!(open_ai["messages"][1], json!({ "role": "user", "content": "Which city?" }));
    assert_eq!(open_ai["model"], "gpt-4o-mini");
    assert_eq!(gemini["systemInstruction"]["parts"][0]["text"], "Be brief.");
    assert_eq!(gemini["generationConfig"]["maxOutputTokens"], 9);
    assert_eq!(seen[2].path, "/models/gemini-2.5-flash:generateContent");
}

#[tokio::test]
async fn functions_are_asked_for_and_answered_in_every_dialect() {
    let house = House::open().await;
    for model in MODELS {
        house.fake.next(Act::Call("weather", json!({ "city": "Paris" })));
        let body = json!({
            "model": model,
            "messages": [{ "role": "user", "content": "Weather?" }],
            "tools": [{ "type": "function", "function": { "name": "weather", "description": "Tells it.",
                "parameters": { "type": "object", "properties": { "city": { "type": "string" } } } } }],
            "tool_choice": "required",
        });
        let answer = house.answer("v1_chat_completions", body).await.body;
        let call = answer["choices"][0]["message"]["tool_calls"][0].clone();
        assert_eq!(answer["choices"][0]["finish_reason"], "tool_calls", "{answer}");
        assert_eq!((&call["type"], &call["function"]["name"]), (&"function".into(), &"weather".into()));
        let arguments: Value = serde_json::from_str(call["function"]["arguments"].as_str().unwrap()).unwrap();
        assert_eq!(arguments, json!({ "city": "Paris" }));
        let body = json!({ "model": model, "messages": [
            { "role": "user", "content": "Weather?" },
            { "role": "assistant", "content": null, "tool_calls": [call] },
            { "role": "tool", "tool_call_id": call["id"], "content": "sunny" },
        ] });
        house.answer("v1_chat_completions", body).await;
    }
    let told: Vec<_> = house.fake.seen().iter().skip(1).step_by(2).map(|seen| seen.body.clone()).collect();
    let result = json!({ "type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny" });
    assert_eq!(told[0]["messages"][2], json!({ "role": "user", "content": [result] }));
    assert_eq!(told[1]["messages"][2], json!({ "role": "tool", "tool_call_id": "call_1", "content": "sunny" }));
    let response = json!({ "name": "weather", "response": { "result": "sunny" } });
    assert_eq!(told[2]["contents"][2]["parts"][0]["functionResponse"], response);
    let asked = house.fake.seen();
    assert_eq!(asked[0].body["tool_choice"], json!({ "type": "any" }));
    assert_eq!(asked[2].body["tool_choice"], "required");
    assert_eq!(asked[4].body["toolConfig"]["functionCallingConfig"]["mode"], "ANY");
}

#[tokio::test]
async fn what_a_model_cannot_do_is_refused_before_the_charge() {
    let house = House::open().await;
    let picture = json!([{ "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA" } }]);
    let sees = json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": picture }] });
    answered(house.check("v1_chat_completions", sees.clone()).await);
    house.answer("v1_chat_completions", sees).await;
    let shown = &house.fake.seen()[0].body["messages"][0]["content"][0];
    assert_eq!(shown["image_url"]["url"], "data:image/png;base64,AAAA");
    let unknown = json!({ "model": "gpt-9", "messages": [{ "role": "user", "content": "x" }] });
    let (status, code, _) = crate::support::refused(house.check("v1_chat_completions", unknown).await);
    assert_eq!((status, code.as_str()), (404, "model-not-found"));
    // A model of the catalogue whose provider has no key.
    let (status, code, body) =
        crate::support::refused(house.check("chat", chat("x", json!({ "model": "deepseek-v3" }))).await);
    assert_eq!((status, code.as_str()), (501, "model-not-configured"));
    assert!(body["setting"].as_str().unwrap().contains("deepseek-v3"));
}

#[tokio::test]
async fn texts_become_vectors() {
    let house = House::open().await;
    let body = json!({ "model": "text-embedding-3-small", "input": "x" });
    let answer = house.answer("v1_embeddings", body.clone()).await;
    assert_eq!(answer.body["data"][0]["embedding"], json!([0.5, -0.25, 1.0]));
    assert_eq!((answer.tokens, answer.model.as_str()), (Tokens { input: 11, output: 0 }, "text-embedding-3-small"));
    let body = json!({ "model": "text-embedding-3-small", "input": ["x"], "encoding_format": "base64" });
    assert_eq!(house.answer("v1_embeddings", body).await.body["data"][0]["embedding"], "AAAAPwAAgL4AAIA/");
}

/// A hold is made of this: more than the model can use.
#[tokio::test]
async fn a_check_tells_the_most_that_a_call_can_use() {
    let house = House::open().await;
    let text = "word ".repeat(100);
    let quoted = answered(house.check("chat", chat(&text, json!({ "max_tokens": 50 }))).await);
    assert_eq!((quoted.model.as_str(), quoted.tokens.output), ("haiku", 50));
    assert!((500..1_000).contains(&quoted.tokens.input), "{}", quoted.tokens.input);
    assert!(house.fake.seen().is_empty(), "nobody was asked");
    let unbounded = answered(house.check("chat", chat("x", json!({ "model": "gpt-4o" }))).await);
    assert_eq!(unbounded.tokens.output, 4_096);
}
