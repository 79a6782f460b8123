//! Answers that come bit by bit: whole in the end, stopped when nobody listens, and honest about what broke.

use std::time::{Duration, Instant};

use aipaygen_bus::tool::{ToolOutcome, ToolPiece};
use aipaygen_bus::{Part, Parts};
use aipaygen_events::account::Tokens;
use serde_json::{Value, json};

use crate::support::{Act, House, answered, chat, refused};

const MODELS: [&str; 3] = ["haiku", "gpt-4o-mini", "gemini-2.5-flash"];

/// All pieces, and the outcome after them.
async fn all(mut parts: Parts) -> (Vec<ToolPiece>, ToolOutcome) {
    let mut pieces = Vec::new();
    loop {
        match parts.receiver.recv().await.unwrap() {
            Part::Piece(piece) => pieces.push(ToolPiece::from_bytes(&piece).unwrap()),
            Part::End(end) => return (pieces, ToolOutcome::from_message(end.unwrap()).unwrap()),
        }
    }
}

fn body(piece: &ToolPiece) -> Value {
    serde_json::from_slice(&piece.body).unwrap()
}

#[tokio::test]
async fn the_pieces_make_the_whole_in_every_dialect() {
    let house = House::open().await;
    for model in MODELS {
        house.fake.next(Act::Say("One two three.".to_owned()));
        let (pieces, end) =
            all(house.parts("chat", chat("Count.", json!({ "model": model, "stream": true }))).await).await;
        let text: String = pieces.iter().map(|piece| body(piece)["reply"].as_str().unwrap().to_owned()).collect();
        assert_eq!(text, "One two three.");
        assert!(pieces.len() >= 3 && pieces.iter().all(|piece| piece.used.model.as_deref() == Some(model)));
        let end = answered(end);
        assert_eq!((end.tokens, end.model.as_str()), (Tokens { input: 11, output: 7 }, model));
        assert_eq!((&end.body["finish_reason"], &end.body["model"]), (&"stop".into(), &model.into()));
    }
}

#[tokio::test]
async fn what_was_used_so_far_is_told_with_every_piece() {
    let house = House::open().await;
    house.fake.next(Act::Say("word ".repeat(40)));
    let (pieces, _) = all(house.parts("chat", chat("Count.", json!({ "stream": true }))).await).await;
    let used: Vec<_> = pieces.iter().map(|piece| piece.used.tokens.output).collect();
    assert!(used.is_sorted() && used[39] == 50, "{used:?}");
    assert_eq!(pieces[0].used.tokens.input, 11, "this provider tells at once what it has read");
}

#[tokio::test]
async fn chunks_are_as_open_ai_writes_them() {
    let house = House::open().await;
    for model in MODELS {
        house.fake.next(Act::Call("weather", json!({ "city": "Paris" })));
        let request = json!({ "model": model, "stream": true, "stream_options": { "include_usage": true },
            "messages": [{ "role": "user", "content": "Weather?" }],
            "tools": [{ "type": "function", "function": { "name": "weather" } }] });
        let (pieces, end) = all(house.parts("v1_chat_completions", request).await).await;
        let chunks: Vec<_> = pieces.iter().map(body).collect();
        assert!(chunks.iter().all(|chunk| chunk["object"] == "chat.completion.chunk" && chunk["model"] == model));
        assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
        let calls = chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"].get(0).cloned());
        let calls: Vec<_> = calls.collect();
        assert_eq!(calls[0]["function"]["name"], "weather");
        assert!(!calls[0]["id"].as_str().unwrap().is_empty());
        let arguments: String = calls.iter().map(|call| call["function"]["arguments"].as_str().unwrap()).collect();
        assert_eq!(serde_json::from_str::<Value>(&arguments).unwrap(), json!({ "city": "Paris" }));
        assert_eq!(chunks.last().unwrap()["choices"][0]["finish_reason"], "tool_calls");
        let end = answered(end).body;
        assert_eq!((&end["choices"], &end["usage"]["total_tokens"]), (&json!([]), &18.into()));
    }
}

#[tokio::test]
async fn whoever_stops_listening_stops_the_provider_within_a_second() {
    let house = House::open().await;
    for model in MODELS {
        let before = house.fake.left();
        house.fake.next(Act::Drip(usize::MAX, Duration::from_millis(20)));
        let mut parts = house.parts("chat", chat("Go on.", json!({ "model": model, "stream": true }))).await;
        for _ in 0..3 {
            assert!(matches!(parts.receiver.recv().await.unwrap(), Part::Piece(_)));
        }
        let gone = Instant::now();
        drop(parts);
        while house.fake.left() == before {
            assert!(gone.elapsed() < Duration::from_secs(1), "{model} is still asked");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_off_is_a_failure_and_is_not_begun_again() {
    let house = House::open().await;
    for model in MODELS {
        house.fake.next(Act::Cut(3));
        let (pieces, end) =
            all(house.parts("chat", chat("Go on.", json!({ "model": model, "stream": true }))).await).await;
        assert_eq!(pieces.len(), 3);
        let (status, code, _) = refused(end);
        assert_eq!((status, code.as_str()), (502, "provider-failed"), "{model}");
    }
    assert_eq!(house.fake.seen().len(), 3, "what the caller has seen is not said twice");
}

#[tokio::test]
async fn a_failure_before_the_first_word_is_asked_again() {
    let house = House::open().await;
    house.fake.next(Act::Fail(529, vec![], "{}".to_owned())).next(Act::Say("Here.".to_owned()));
    let (pieces, end) = all(house.parts("chat", chat("Go on.", json!({ "stream": true }))).await).await;
    assert_eq!(pieces.len(), 1);
    answered(end);
}

#[tokio::test]
async fn an_error_in_the_stream_is_told_to_the_caller() {
    let house = House::open().await;
    house.fake.next(Act::FailInStream("canary-of-the-provider".to_owned()));
    let (_, end) = all(house.parts("chat", chat("Go on.", json!({ "stream": true }))).await).await;
    let (status, _, body) = refused(end);
    assert_eq!(status, 502);
    assert!(body["provider_error"].as_str().unwrap().contains("canary-of-the-provider"));
}
