//! Several processes of one role are as correct as one.

use std::time::Duration;

use futures::future::join_all;

use crate::support::app::{App, PING};
use crate::support::backend::Backend;
use crate::support::wait;

#[tokio::test]
async fn three_payments_workers_at_once_spend_no_balance_twice() {
    let mut app = App::on(Backend::Distributed, &[]).await;
    app.start_role("payments-2").await;
    app.start_role("payments-3").await;
    let caller = app.account(150 * PING);
    // Each worker remembers the account at a version that the others move on from.
    for _ in 0..3 {
        join_all((0..100).map(|_| caller.ping())).await;
    }
    let books = app.settled().await;
    assert_eq!(caller.balance().await, 0);
    assert_eq!(books.earned, 150 * i64::try_from(PING).unwrap());
}

#[tokio::test]
async fn a_revocation_is_seen_by_another_ingress_in_under_a_second() {
    let mut app = App::on(Backend::Distributed, &[]).await;
    app.start_role("api-2").await;
    let caller = app.account(1000 * PING);
    let elsewhere = app.anonymous_of("api-2").with_key(caller.key());
    elsewhere.ping().await.expect(200);
    elsewhere.ping().await.expect(200);

    let request = caller.request(reqwest::Method::DELETE, &format!("/auth/keys/{}", &caller.key()[4..20]));
    let revoked = caller.send(request).await;
    assert!(revoked.status < 300, "{revoked:?}");
    wait::within(Duration::from_secs(1), "the other ingress refuses the key", async || {
        (elsewhere.get("/auth/balance").await.status == 401).then_some(())
    })
    .await;
    elsewhere.ping().await.expect(401);
}

#[tokio::test]
async fn two_code_workers_share_the_work_and_one_of_them_may_die() {
    let mut app = App::on(Backend::Distributed, &[]).await;
    app.start_role("code-2").await;
    app.role("code").kill();
    for _ in 0..4 {
        app.caller.run("print(1)").await.expect(200);
    }
}

#[tokio::test]
async fn without_a_worker_a_call_is_refunded_at_once() {
    let mut app = App::on(Backend::Distributed, &[]).await;
    let before = app.caller.balance().await;
    app.role("ping").kill();
    let answer = app.caller.ping().await.expect(503);
    assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    app.settled().await;
    assert_eq!(app.caller.balance().await, before);
    app.start_role("ping").await;
}

#[tokio::test]
async fn a_program_whose_worker_is_killed_is_refunded_to_the_balance() {
    let mut app = App::on(Backend::Distributed, &[]).await;
    let before = app.caller.balance().await;
    let caller = app.caller.clone();
    let call = tokio::spawn(async move { caller.run("while True: pass").await });
    wait::until("the call is charged", async || (app.books().unearned > 0).then_some(())).await;
    app.role("code").kill();
    let answer = call.await.unwrap();
    assert!(answer.status >= 500, "{answer:?}");
    assert_eq!(answer.json()["refund_credit"], answer.header("x-refund-credit"));
    assert!(!answer.header("x-refund-credit").is_empty(), "{answer:?}");
    assert_eq!(app.caller.balance().await, before);

    app.start_role("code").await;
    app.caller.run("print(1)").await.expect(200);
}
