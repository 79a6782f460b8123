//! Several tools under one payment: what each part costs, and that nothing escapes what was charged.

use aipaygen_bus::commands::EndHow;
use aipaygen_events::MicroUsd;
use serde_json::{Value, json};

use crate::support::House;
use crate::support::payments::reason;

fn call(tool: &str, say: &str) -> Value {
    json!({ "tool": tool, "input": { "say": say } })
}

fn micro(amount: u64) -> MicroUsd {
    MicroUsd::new(amount).unwrap()
}

#[tokio::test]
async fn a_batch_costs_the_sum_of_its_calls_and_nothing_for_those_that_fail() {
    let house = House::open().await;
    let body =
        json!({ "calls": [call("echo", "a"), call("echo", "fail"), call("spoken", "b"), call("absent", "c")] });
    let answer = house.post("/batch", &body).await.expect(200);
    assert_eq!(house.payments.asked()[0].amount, micro(4 * 20_000));
    let said = answer.json();
    let ok: Vec<_> = said["results"].as_array().unwrap().iter().map(|result| result["ok"] == true).collect();
    assert_eq!(ok, [true, false, true, false]);
    assert_eq!(said["results"][0]["answer"], json!({ "say": "a" }));
    assert_eq!(said["results"][1]["error"]["code"], "tool-failed");
    assert_eq!(said["results"][3]["error"]["code"], "unavailable");
    assert_eq!((&said["price_micro_usd"], &said["given_back_micro_usd"]), (&40_000.into(), &40_000.into()));
    let ended = house.payments.ended().pop().unwrap();
    let EndHow::Complete { price, tokens, .. } = ended.how else { panic!("{ended:?}") };
    assert_eq!((price, tokens.input, tokens.output), (Some(micro(40_000)), 13, 9));
    assert_eq!((answer.header("x-price-usdc"), answer.header("x-payment-receipt")), ("0.04", "again"));
}

#[tokio::test]
async fn it_costs_its_own_price_at_least() {
    let house = House::open().await;
    house.post("/batch", &json!({ "calls": [call("echo", "a")] })).await.expect(200);
    assert_eq!(house.payments.asked()[0].amount, micro(30_000));
    assert!(house.payments.ended().is_empty(), "all of it is kept");
}

#[tokio::test]
async fn nothing_answered_is_nothing_paid() {
    let house = House::open().await;
    let failed = house.post("/batch", &json!({ "calls": [call("echo", "fail"), call("absent", "a")] })).await;
    failed.is_failure(502, "nothing-answered");
    assert!(!failed.header("x-refund-credit").is_empty());
    let refused = house.post("/batch", &json!({ "calls": [call("echo", "reject")] })).await;
    refused.is_problem(422, "nothing-answered");
    assert!(house.payments.ended().iter().all(|end| reason(end).is_some()));
}

#[tokio::test]
async fn a_step_sees_the_answer_before_it() {
    let house = House::open().await;
    let steps = json!({ "steps": [call("spoken", "one"), call("echo", "after {{prev}}"), call("echo", "{{prev}}")] });
    let said = house.post("/pipeline", &steps).await.expect(200).json();
    assert_eq!(said["results"][1]["answer"]["say"], "after one", "the text of a tool that answers with one");
    assert_eq!(said["answer"]["say"], r#"{"say":"after one"}"#, "all of another answer");
}

#[tokio::test]
async fn what_comes_after_a_failure_is_not_done_and_not_paid() {
    let house = House::open().await;
    let steps = json!({ "steps": [call("echo", "a"), call("echo", "fail"), call("echo", "{{prev}}")] });
    let said = house.post("/pipeline", &steps).await.expect(200).json();
    assert_eq!(said["results"][2]["error"]["code"], "not-run");
    assert_eq!((&said["answer"], &said["price_micro_usd"]), (&Value::Null, &20_000.into()));
}

#[tokio::test]
async fn a_part_that_cannot_be_is_named_before_the_charge() {
    let house = House::open().await;
    let field = async |path: &str, body: Value| {
        let problem = house.post(path, &body).await.is_problem(422, "invalid-body");
        problem["violations"][0]["field"].as_str().unwrap().to_owned()
    };
    let nested = json!({ "tool": "batch", "input": { "calls": [call("echo", "a")] } });
    assert_eq!(field("/batch", json!({ "calls": [call("echo", "a"), nested] })).await, "/calls/1/tool");
    assert_eq!(field("/batch", json!({ "calls": [call("nothing", "a")] })).await, "/calls/0/tool");
    let wrong = json!({ "tool": "echo", "input": {} });
    assert_eq!(field("/pipeline", json!({ "steps": [wrong] })).await, "/steps/0/input/say");
    assert!(house.payments.asked().is_empty());
}
