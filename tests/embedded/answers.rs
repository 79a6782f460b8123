//! AI tools on the embedded default: answered without any key, paid for like everything else, and honest about the rest.

use serde_json::{Value, json};

use crate::support::app::App;

#[tokio::test]
async fn tools_are_answered_without_any_key_and_paid_for() {
    let app = App::start().await;
    let before = app.caller.balance().await;
    let felt = app.caller.post("/sentiment", &json!({ "text": "I love this little lamp." })).await.expect(200);
    let receipt = felt.header("x-payment-receipt").to_owned();
    let felt = felt.json();
    assert_eq!(felt["sentiment"], "positive");
    is_of_the_embedded_default(&felt);
    assert!(!receipt.is_empty());

    let text =
        "The old bridge is closed. Engineers found deep cracks in a pillar of the bridge. My cousin has a parrot.";
    let summary = json!({ "text": text, "length": "short" });
    let summary = app.caller.post("/summarize", &summary).await.expect(200).json();
    assert!(summary["summary"].as_str().unwrap().contains("bridge"), "{summary}");
    is_of_the_embedded_default(&summary);

    let chat = json!({ "messages": [{ "role": "user", "content": "Hello!" }], "max_tokens": 8 });
    let chat = app.caller.post("/chat", &chat).await.expect(200).json();
    assert!(!chat["reply"].as_str().unwrap().is_empty(), "{chat}");
    is_of_the_embedded_default(&chat);
    app.settled().await;
    assert_eq!(before - app.caller.balance().await, 10_000 + 10_000 + 20_000);
}

#[tokio::test]
async fn what_it_cannot_honestly_do_costs_nothing_and_names_the_setting() {
    let app = App::start().await;
    let before = app.caller.balance().await;
    let asked = json!({ "text": "Good morning", "language": "French" });
    let refused = app.caller.post("/translate", &asked).await.expect(501);
    refused.is_an_unpaid_problem();
    assert!(refused.text().contains("ai.providers"), "{refused:?}");
    assert_eq!(app.caller.balance().await, before);
}

fn is_of_the_embedded_default(answer: &Value) {
    assert_eq!((&answer["model"], &answer["provider"]), (&"embedded".into(), &"embedded".into()), "{answer}");
    assert!(answer["usage"]["input_tokens"].as_u64().unwrap() > 0, "{answer}");
}
