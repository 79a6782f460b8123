//! What fails after the charge is refunded, whatever fails: and the answer names the credit.

use std::io::Write;
use std::net::TcpStream;

use aipaygen_bus::commands::{Authorization, Refusal};
use aipaygen_events::CreditId;
use aipaygen_events::account::RefundReason;

use crate::support::payments::reason;
use crate::support::{Answer, House, Says, until};

#[tokio::test]
async fn every_failure_of_the_work_is_refunded_and_names_its_credit() {
    let house = House::open().await;
    for (path, say, status, slug, why) in [
        ("/tools/echo", "fail", 502, "tool-failed", RefundReason::ToolFailed),
        ("/tools/echo", "panic", 502, "tool-failed", RefundReason::WorkerLost),
        ("/tools/slow", "wait", 504, "tool-timeout", RefundReason::WorkerLost),
        ("/tools/absent", "hi", 503, "unavailable", RefundReason::NoWorker),
    ] {
        let answer = house.call(path, say).await;
        let problem = answer.is_failure(status, slug);
        let end = house.payments.ended().pop().unwrap();
        assert_eq!((end.status, reason(&end)), (status, Some(why)));
        let credit = CreditId::of_request(end.request).to_string();
        assert_eq!(answer.header("x-refund-credit"), credit, "{answer:?}");
        assert_eq!((&problem["refund_credit"], &problem["charged"]), (&credit.into(), &20_000.into()));
    }
    assert!(house.payments.queued().is_empty());
}

#[tokio::test]
async fn a_refund_that_takes_too_long_is_queued_and_the_answer_says_where_to_look() {
    let house = House::open().await;
    house.payments.leave_ends_open();
    let answer = house.call("/tools/echo", "fail").await;
    let problem = answer.is_failure(502, "tool-failed");
    assert_eq!((&problem["charged"], &problem["refund_credit"]), (&20_000.into(), &serde_json::Value::Null));
    let path = format!("/requests/{}", answer.header("x-request-id"));
    assert_eq!(answer.header("link"), format!("<{path}>; rel=\"status\""));
    assert!(problem["detail"].as_str().unwrap().contains(&path));
    until("the refund is queued", || !house.payments.queued().is_empty()).await;
    assert_eq!(reason(&house.payments.queued()[0]), Some(RefundReason::ToolFailed));
}

#[tokio::test]
async fn a_queue_known_to_be_absent_is_refused_before_the_next_charge() {
    let house = House::with(|settings| settings.queue_pause_ms = 60_000).await;
    house.call("/tools/absent", "hi").await.is_failure(503, "unavailable");
    let charges = house.payments.asked().len();
    let answer = house.call("/tools/absent", "hi").await;
    answer.is_problem(503, "overloaded");
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(house.payments.asked().len(), charges);
    house.call("/tools/echo", "others go on").await.expect(200);
}

#[tokio::test]
async fn too_many_at_once_are_refused_before_the_charge() {
    let house = House::with(|settings| settings.paid_in_flight_max = 1).await;
    let (slow, quick) = tokio::join!(house.call("/tools/narrow", "wait"), async {
        until("the first is at work", || !house.payments.asked().is_empty()).await;
        house.call("/tools/echo", "hi").await
    });
    slow.expect(200);
    quick.is_problem(503, "overloaded");
    assert_eq!(house.payments.asked().len(), 1);
}

#[tokio::test]
async fn when_the_payments_workers_may_have_charged_the_charge_is_undone() {
    let house = House::open().await;
    for says in [Says::Nothing, Says::Panic] {
        house.payments.say(says);
        let answer = house.call("/tools/echo", "hi").await;
        answer.is_failure(503, "unavailable");
        assert!(!answer.header("x-refund-credit").is_empty(), "{answer:?}");
        let end = house.payments.ended().pop().unwrap();
        assert_eq!(reason(&end), Some(RefundReason::IngressFailed));
    }
}

#[tokio::test]
async fn a_log_that_takes_no_more_is_a_503_and_costs_nothing() {
    let house = House::open().await;
    house.payments.say(Says::Answer(Authorization::Refused(Refusal::Overloaded)));
    let answer = house.call("/tools/echo", "hi").await;
    answer.is_problem(503, "overloaded");
    assert_eq!(answer.header("retry-after"), "1");
    assert!(house.payments.ended().is_empty() && house.payments.queued().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_gives_up_does_not_lose_the_trail_of_the_charge() {
    let house = House::open().await;
    let mut stream = TcpStream::connect(house.url.strip_prefix("http://").unwrap()).unwrap();
    let body = r#"{"say":"wait"}"#;
    let head = format!(
        "POST /tools/echo HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\ncontent-length: {}\r\n\r\n{body}",
        house.key.expose(),
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    until("it is charged", || !house.payments.asked().is_empty()).await;
    // With a reset rather than a polite end.
    drop(stream);
    until("it is completed", || !house.payments.queued().is_empty()).await;
    assert_eq!(house.payments.queued()[0].request, house.payments.asked()[0].request);
}

#[tokio::test]
async fn a_shutdown_finishes_and_settles_what_is_in_flight() {
    let house = House::open().await;
    let request = house.authorized(reqwest::Method::POST, "/tools/echo").json(&serde_json::json!({ "say": "wait" }));
    let (payments, shutdown) = (house.payments.clone(), house.shutdown.clone());
    let in_flight = tokio::spawn(Answer::to(request));
    until("it is charged", || !payments.asked().is_empty()).await;
    shutdown.cancel();
    house.stop().await;
    in_flight.await.unwrap().expect(200);
    assert_eq!(payments.queued().len(), 1, "its end was on the queue before the ingress stopped");
}
