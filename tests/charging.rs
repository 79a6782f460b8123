//! Money against concurrency: a balance is never overspent, and every charge has one end.

use futures::future::join_all;
use serde_json::json;

use crate::support::app::{App, PING};

#[tokio::test]
async fn two_hundred_callers_at_once_spend_a_balance_for_one_hundred_and_no_more() {
    let app = App::start().await;
    let caller = app.account(100 * PING);
    let answers = join_all((0..200).map(|_| caller.ping())).await;
    let paid = answers.iter().filter(|answer| answer.status == 200).count();
    let refused = answers.iter().filter(|answer| answer.status == 402).count();
    assert_eq!((paid, refused), (100, 100));
    app.settled().await;
    assert_eq!(caller.balance().await, 0);
}

#[tokio::test]
async fn a_paid_call_is_answered_with_a_receipt_and_lowers_the_balance_by_its_price() {
    let app = App::start().await;
    let before = app.caller.balance().await;
    let answer = app.caller.run("print(6 * 7)").await.expect(200);
    assert_eq!(answer.json()["stdout"], "42\n");
    assert!(answer.header("x-refund-credit").is_empty());
    app.settled().await;
    assert_eq!(before - app.caller.balance().await, 20_000);

    let request = app.caller.get(&format!("/requests/{}", answer.request())).await.expect(200).json();
    assert_eq!(request["status"], "completed");
    assert_eq!(request["price"], 20_000);
    assert_eq!(request["receipt"], answer.header("x-payment-receipt"));
}

#[tokio::test]
async fn what_the_caller_got_wrong_costs_nothing() {
    let app = App::start().await;
    let before = app.caller.balance().await;
    let wrong = [json!([]), json!({}), json!({"code": 1}), json!({"code": "1", "colour": "red"})];
    for body in &wrong {
        let answer = app.caller.post("/code/run", body).await;
        assert!(matches!(answer.status, 400 | 422), "{answer:?}");
        answer.is_an_unpaid_problem();
    }
    let rejected = app.caller.run("import socket").await.expect(422);
    assert!(rejected.json()["type"].as_str().unwrap().ends_with("code-rejected"), "{rejected:?}");
    rejected.is_an_unpaid_problem();
    assert_eq!(app.caller.balance().await, before);
}

#[tokio::test]
async fn a_program_that_fails_is_an_answer_and_is_paid_for() {
    let app = App::start().await;
    let answer = app.caller.run("x = 1\nraise ValueError('no')").await.expect(200);
    let error = answer.json()["error"].clone();
    assert_eq!((&error["type"], &error["message"], &error["line"]), (&"ValueError".into(), &"no".into(), &2.into()));
    assert!(!answer.header("x-payment-receipt").is_empty());
}

#[tokio::test]
async fn another_account_does_not_see_a_request() {
    let app = App::start().await;
    let answer = app.caller.ping().await.expect(200);
    app.settled().await;
    let path = format!("/requests/{}", answer.request());
    app.caller.get(&path).await.expect(200);
    let stranger = app.account(PING);
    let denied = stranger.get(&path).await.expect(404);
    let unknown = stranger.get("/requests/req_0190a5b8c0de7abc8123456789abcdef").await.expect(404);
    assert_eq!(denied.json()["type"], unknown.json()["type"]);
}
