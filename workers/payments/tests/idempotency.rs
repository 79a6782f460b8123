//! The `Idempotency-Key` of the contract: one charge, one replay, and a plain answer to everything else.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_bus::commands::{Authorization, Authorize, Refusal};
use tokio::task::JoinSet;

use crate::support::{House, Payer, cents, completed, failed, on_both_stores, soon};

on_both_stores!(
    fifty_copies_make_one_charge,
    fifty_copies_at_three_workers_make_one_charge,
    in_flight_is_said,
    another_body_is_refused,
    an_answered_request_is_replayed_once_within_ten_minutes,
    after_ten_minutes_the_receipt_is_all_there_is,
    a_refund_frees_the_key,
    copies_after_a_refund_make_one_charge,
    copies_of_a_replay_run_it_once,
    a_key_belongs_to_its_account,
    a_repeated_command_meets_its_own_claim,
    a_revoked_api_key_learns_nothing,
    a_key_that_cannot_pay_claims_nothing,
);

const TEN_MINUTES: Duration = Duration::from_secs(600);

fn receipt(answer: Authorization) -> String {
    let Authorization::Charged { receipt, .. } = answer else { panic!("not charged: {answer:?}") };
    receipt.unwrap()
}

/// Charges and completes a request under a key, and gives its receipt.
async fn paid(house: &House, command: &Authorize) -> String {
    let payments = house.payments();
    let receipt = receipt(payments.authorize(command, soon()).await);
    payments.end(&completed(command, None), soon()).await;
    receipt
}

/// Shows a key fifty times at once; how many charges that made, and how many were told that it is at work.
async fn fifty_copies(house: &House, workers: usize, payer: &Payer) -> (usize, usize) {
    let workers: Vec<_> = std::iter::repeat_with(|| house.payments()).take(workers).collect();
    let mut tasks = JoinSet::new();
    for payments in workers.iter().cycle().take(50).map(Arc::clone) {
        let command = payer.keyed("k", "body");
        tasks.spawn(async move { payments.authorize(&command, soon()).await });
    }
    let answers = tasks.join_all().await;
    let charged = answers.iter().filter(|answer| matches!(answer, Authorization::Charged { .. })).count();
    let in_flight = |answer: &&_| matches!(answer, Authorization::Refused(Refusal::IdempotencyInFlight { .. }));
    (charged, answers.iter().filter(in_flight).count())
}

async fn fifty_copies_make_one_charge(house: &House) {
    let payer = house.payer(cents(200)).await;
    assert_eq!(fifty_copies(house, 1, &payer).await, (1, 49));
    assert_eq!(house.books(payer.account).await.account.balance, cents(198));
}

async fn fifty_copies_at_three_workers_make_one_charge(house: &House) {
    let payer = house.payer(cents(200)).await;
    assert_eq!(fifty_copies(house, 3, &payer).await, (1, 49));
    assert_eq!(house.books(payer.account).await.account.balance, cents(198));
}

async fn in_flight_is_said(house: &House) {
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let first = payer.keyed("k", "body");
    payments.authorize(&first, soon()).await;
    let answer = payments.authorize(&payer.keyed("k", "body"), soon()).await;
    assert_eq!(answer, Authorization::Refused(Refusal::IdempotencyInFlight { request: first.request }));
}

async fn another_body_is_refused(house: &House) {
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let first = payer.keyed("k", "body");
    let refused = Authorization::Refused(Refusal::IdempotencyOtherRequest { request: first.request });
    payments.authorize(&first, soon()).await;
    assert_eq!(payments.authorize(&payer.keyed("k", "other"), soon()).await, refused);
    payments.end(&completed(&first, None), soon()).await;
    assert_eq!(payments.authorize(&payer.keyed("k", "other"), soon()).await, refused);
    assert_eq!(house.books(payer.account).await.charges.len(), 1);
}

async fn an_answered_request_is_replayed_once_within_ten_minutes(house: &House) {
    let payer = house.payer(cents(10)).await;
    let first = payer.keyed("k", "body");
    let receipt = paid(house, &first).await;
    house.clock.put_forward(TEN_MINUTES - Duration::from_secs(10));
    let payments = house.payments();
    let replay = payments.authorize(&payer.keyed("k", "body"), soon()).await;
    assert_eq!(replay, Authorization::Replay { of: first.request, receipt: receipt.clone(), settled: None });
    let again = payments.authorize(&payer.keyed("k", "body"), soon()).await;
    assert_eq!(again, Authorization::Refused(Refusal::IdempotencySpent { request: first.request, receipt }));
    assert_eq!(house.books(payer.account).await.account.balance, cents(8));
}

async fn after_ten_minutes_the_receipt_is_all_there_is(house: &House) {
    let payer = house.payer(cents(10)).await;
    let first = payer.keyed("k", "body");
    let receipt = paid(house, &first).await;
    house.clock.put_forward(TEN_MINUTES + Duration::from_secs(10));
    let answer = house.payments().authorize(&payer.keyed("k", "body"), soon()).await;
    assert_eq!(answer, Authorization::Refused(Refusal::IdempotencySpent { request: first.request, receipt }));
}

async fn a_refund_frees_the_key(house: &House) {
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let first = payer.keyed("k", "body");
    payments.authorize(&first, soon()).await;
    payments.end(&failed(&first), soon()).await;
    // Another body as well: the key stands for nothing.
    let second = payer.keyed("k", "other");
    receipt(payments.authorize(&second, soon()).await);
    let third = payments.authorize(&payer.keyed("k", "other"), soon()).await;
    assert_eq!(third, Authorization::Refused(Refusal::IdempotencyInFlight { request: second.request }));
    assert_eq!(house.books(payer.account).await.account.balance, cents(8));
}

async fn copies_after_a_refund_make_one_charge(house: &House) {
    let (payer, payments) = (house.payer(cents(200)).await, house.payments());
    let first = payer.keyed("k", "body");
    payments.authorize(&first, soon()).await;
    payments.end(&failed(&first), soon()).await;
    assert_eq!(fifty_copies(house, 2, &payer).await, (1, 49));
}

async fn copies_of_a_replay_run_it_once(house: &House) {
    let payer = house.payer(cents(10)).await;
    paid(house, &payer.keyed("k", "body")).await;
    let workers = [house.payments(), house.payments()];
    let mut tasks = JoinSet::new();
    for payments in workers.iter().cycle().take(20).map(Arc::clone) {
        let command = payer.keyed("k", "body");
        tasks.spawn(async move { payments.authorize(&command, soon()).await });
    }
    let answers = tasks.join_all().await;
    let replays = answers.iter().filter(|answer| matches!(answer, Authorization::Replay { .. })).count();
    let spent = |answer: &&_| matches!(answer, Authorization::Refused(Refusal::IdempotencySpent { .. }));
    assert_eq!((replays, answers.iter().filter(spent).count()), (1, 19), "{answers:?}");
}

async fn a_key_belongs_to_its_account(house: &House) {
    let (one, other, payments) = (house.payer(cents(10)).await, house.payer(cents(10)).await, house.payments());
    receipt(payments.authorize(&one.keyed("k", "body"), soon()).await);
    receipt(payments.authorize(&other.keyed("k", "body"), soon()).await);
}

async fn a_repeated_command_meets_its_own_claim(house: &House) {
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let command = payer.keyed("k", "body");
    let first = payments.authorize(&command, soon()).await;
    assert_eq!(payments.authorize(&command, soon()).await, first);
    assert_eq!(house.payments().authorize(&command, soon()).await, first);
    payments.end(&completed(&command, None), soon()).await;
    let replay = payer.keyed("k", "body");
    let replayed = payments.authorize(&replay, soon()).await;
    assert!(matches!(replayed, Authorization::Replay { .. }), "{replayed:?}");
    assert_eq!(house.payments().authorize(&replay, soon()).await, replayed);
    assert_eq!(house.books(payer.account).await.charges.len(), 1);
}

async fn a_revoked_api_key_learns_nothing(house: &House) {
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    paid(house, &payer.keyed("done", "body")).await;
    payments.authorize(&payer.keyed("at-work", "body"), soon()).await;
    house.payments().revoke_key(payer.account, payer.key).await.unwrap();
    for (key, body) in [("done", "body"), ("done", "other"), ("at-work", "body"), ("new", "body")] {
        let answer = payments.authorize(&payer.keyed(key, body), soon()).await;
        assert_eq!(answer, Authorization::Refused(Refusal::InvalidKey), "{key} {body}");
    }
}

async fn a_key_that_cannot_pay_claims_nothing(house: &House) {
    let (payer, payments) = (house.payer(cents(1)).await, house.payments());
    let refused = payments.authorize(&payer.keyed("k", "body"), soon()).await;
    assert!(matches!(refused, Authorization::Refused(Refusal::InsufficientFunds { .. })), "{refused:?}");
    payments.grant(payer.account, cents(1), "more").await.unwrap();
    receipt(payments.authorize(&payer.keyed("k", "body"), soon()).await);
}
