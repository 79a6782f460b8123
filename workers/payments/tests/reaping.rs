//! The reaper: what nobody has ended is given back, once, and never what somebody ends.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_bus::commands::{Authorization, Authorize, Ended};
use aipaygen_events::MicroUsd;
use aipaygen_events::account::{AccountEvent, RefundReason};
use aipaygen_payments::Reaper;
use tokio::task::JoinSet;

use crate::support::{House, Payer, cents, completed, failed, on_both_stores, settings, soon};

on_both_stores!(
    an_abandoned_charge_is_given_back_after_its_grace,
    what_has_ended_is_left_alone,
    three_reapers_give_back_once,
    a_late_answer_and_the_reaper_end_a_request_once,
);

/// Past the deadline of every request of these tests, and past the grace.
const LATE: Duration = Duration::from_secs(60);

async fn reaper(house: &House) -> Reaper {
    Reaper::new(house.payments(), house.reader().await, &settings())
}

async fn charge(house: &House, payer: &Payer) -> Authorize {
    let command = payer.request();
    let answer = house.payments().authorize(&command, soon()).await;
    assert!(matches!(answer, Authorization::Charged { .. }), "{answer:?}");
    command
}

async fn an_abandoned_charge_is_given_back_after_its_grace(house: &House) {
    let payer = house.payer(cents(10)).await;
    let command = charge(house, &payer).await;
    let reaper = reaper(house).await;
    let deadline = Duration::from_millis(command.timeout_ms);
    let grace = Duration::from_millis(settings().reaper_grace_ms);
    assert_eq!(reaper.sweep().await.unwrap(), 0);
    house.clock.put_forward(deadline + grace - Duration::from_secs(5));
    assert_eq!(reaper.sweep().await.unwrap(), 0, "somebody may still end it");
    house.clock.put_forward(Duration::from_secs(6));
    assert_eq!(reaper.sweep().await.unwrap(), 1);
    assert_eq!(reaper.sweep().await.unwrap(), 0, "the read models still show it as open");
    let books = house.books(payer.account).await;
    let AccountEvent::Refunded(refunded) = &books.ends[&command.request] else { panic!("{:?}", books.ends) };
    assert_eq!((refunded.reason, refunded.status), (RefundReason::Abandoned, 0));
    assert_eq!(books.account.balance, cents(10));
}

async fn what_has_ended_is_left_alone(house: &House) {
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let (answered, refunded) = (charge(house, &payer).await, charge(house, &payer).await);
    // It looks at read models from before the ends.
    let reaper = reaper(house).await;
    payments.end(&completed(&answered, None), soon()).await;
    payments.end(&failed(&refunded), soon()).await;
    house.clock.put_forward(LATE);
    assert_eq!(reaper.sweep().await.unwrap(), 0);
    assert_eq!(house.books(payer.account).await.account.balance, cents(8));
}

async fn three_reapers_give_back_once(house: &House) {
    let payer = house.payer(cents(60)).await;
    for _ in 0..30 {
        charge(house, &payer).await;
    }
    house.clock.put_forward(LATE);
    let (one, two, three) = (reaper(house).await, reaper(house).await, reaper(house).await);
    let (one, two, three) = tokio::join!(one.sweep(), two.sweep(), three.sweep());
    assert_eq!(one.unwrap() + two.unwrap() + three.unwrap(), 30);
    let books = house.books(payer.account).await;
    assert_eq!((books.ends.len(), books.account.balance), (30, cents(60)));
}

async fn a_late_answer_and_the_reaper_end_a_request_once(house: &House) {
    let payer = house.payer(cents(80)).await;
    let mut late = Vec::new();
    for _ in 0..40 {
        late.push(charge(house, &payer).await);
    }
    house.clock.put_forward(LATE);
    let (reaper, payments) = (reaper(house).await, house.payments());
    let mut answers = JoinSet::new();
    for command in late.clone() {
        let payments = Arc::clone(&payments);
        answers.spawn(async move { (command.request, payments.end(&completed(&command, None), soon()).await) });
    }
    let refunded = reaper.sweep().await.unwrap();
    let answers = answers.join_all().await;
    let books = house.books(payer.account).await;
    for (request, answer) in &answers {
        let completed = matches!(books.ends[request], AccountEvent::Completed(_));
        assert_eq!(matches!(answer, Ended::Completed { .. }), completed, "{answer:?}");
    }
    assert_eq!(books.ends.len(), 40);
    assert_eq!(books.earned, MicroUsd::new((40 - u64::try_from(refunded).unwrap()) * 20_000).unwrap());
}
