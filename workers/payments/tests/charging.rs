//! Charges: many at once, from one account, by any number of workers.

use std::sync::Arc;

use aipaygen_bus::commands::{Authorization, Authorize, Refusal};
use aipaygen_events::account::Pricing;
use aipaygen_events::{AccountId, KeyId, MicroUsd};
use aipaygen_payments::Payments;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{House, Payer, cents, completed, on_both_stores, soon};

on_both_stores!(
    a_balance_for_a_hundred_pays_for_a_hundred,
    three_workers_spend_one_balance_once,
    completions_run_beside_charges,
    a_deposit_taken_elsewhere_is_seen_before_a_refusal,
    a_charge_taken_elsewhere_is_seen_before_the_next,
    a_repeated_authorization_charges_once,
    a_request_id_is_not_charged_for_something_else,
    copies_of_one_authorization_at_once_charge_once,
    nobody_unknown_is_charged,
);

/// Authorizes all of these at once, each at the next of these workers.
async fn all_at_once(workers: &[Arc<Payments>], commands: Vec<Authorize>) -> Vec<Authorization> {
    let mut tasks = JoinSet::new();
    for (command, payments) in commands.into_iter().zip(workers.iter().cycle()) {
        let payments = Arc::clone(payments);
        tasks.spawn(async move { payments.authorize(&command, soon()).await });
    }
    tasks.join_all().await
}

fn charged(answers: &[Authorization]) -> usize {
    answers.iter().filter(|answer| matches!(answer, Authorization::Charged { .. })).count()
}

async fn a_balance_for_a_hundred_pays_for_a_hundred(house: &House) {
    let payer = house.payer(cents(200)).await;
    let answers = all_at_once(&[house.payments()], (0..200).map(|_| payer.request()).collect()).await;
    assert_eq!(charged(&answers), 100);
    let refused = Refusal::InsufficientFunds { price: cents(2), available: MicroUsd::ZERO };
    assert_eq!(answers.iter().filter(|answer| **answer == Authorization::Refused(refused.clone())).count(), 100);
    let books = house.books(payer.account).await;
    assert_eq!((books.charges.len(), books.account.balance), (100, MicroUsd::ZERO));
}

async fn three_workers_spend_one_balance_once(house: &House) {
    let payer = house.payer(cents(200)).await;
    let workers = [house.payments(), house.payments(), house.payments()];
    let answers = all_at_once(&workers, (0..200).map(|_| payer.request()).collect()).await;
    assert_eq!(charged(&answers), 100, "{answers:?}");
    let books = house.books(payer.account).await;
    assert_eq!((books.charges.len(), books.account.balance), (100, MicroUsd::ZERO));
}

async fn completions_run_beside_charges(house: &House) {
    let payer = house.payer(cents(400)).await;
    let workers = [house.payments(), house.payments()];
    let mut tasks = JoinSet::new();
    for payments in workers.iter().cycle().take(100).map(Arc::clone) {
        tasks.spawn(async move {
            let command = payer.request();
            let answer = payments.authorize(&command, soon()).await;
            assert!(matches!(answer, Authorization::Charged { .. }), "{answer:?}");
            payments.end(&completed(&command, None), soon()).await
        });
    }
    tasks.join_all().await;
    let books = house.books(payer.account).await;
    assert_eq!((books.ends.len(), books.earned, books.account.balance), (100, cents(200), cents(200)));
    assert!(books.account.open.is_empty());
}

async fn a_deposit_taken_elsewhere_is_seen_before_a_refusal(house: &House) {
    let (here, elsewhere) = (house.payments(), house.payments());
    let payer = house.payer(cents(2)).await;
    assert_eq!(charged(&all_at_once(std::slice::from_ref(&here), vec![payer.request()]).await), 1);
    elsewhere.grant(payer.account, cents(2), "elsewhere").await.unwrap();
    // The memory of this worker says that the balance is zero, and no append of its own would tell it otherwise.
    assert_eq!(charged(&all_at_once(&[here], vec![payer.request()]).await), 1);
}

async fn a_charge_taken_elsewhere_is_seen_before_the_next(house: &House) {
    let (here, elsewhere) = (house.payments(), house.payments());
    let payer = house.payer(cents(4)).await;
    for payments in [&here, &elsewhere, &here] {
        all_at_once(std::slice::from_ref(payments), vec![payer.request()]).await;
    }
    let books = house.books(payer.account).await;
    assert_eq!((books.charges.len(), books.account.balance), (2, MicroUsd::ZERO));
}

async fn a_repeated_authorization_charges_once(house: &House) {
    let payer = house.payer(cents(10)).await;
    let (command, here, elsewhere) = (payer.request(), house.payments(), house.payments());
    let first = here.authorize(&command, soon()).await;
    assert!(matches!(first, Authorization::Charged { receipt: Some(_), .. }), "{first:?}");
    assert_eq!(here.authorize(&command, soon()).await, first);
    assert_eq!(elsewhere.authorize(&command, soon()).await, first);
    here.end(&completed(&command, None), soon()).await;
    assert_eq!(elsewhere.authorize(&command, soon()).await, first, "answered meanwhile, and still charged");
    assert_eq!(house.books(payer.account).await.charges.len(), 1);
}

async fn a_request_id_is_not_charged_for_something_else(house: &House) {
    let payer = house.payer(cents(10)).await;
    let (command, payments) = (payer.request(), house.payments());
    payments.authorize(&command, soon()).await;
    let dearer = Authorize { amount: cents(3), ..command.clone() };
    let metered = Authorize { pricing: Pricing::Metered, ..command.clone() };
    assert_eq!(payments.authorize(&dearer, soon()).await, Authorization::Refused(Refusal::Overloaded));
    payments.end(&completed(&command, None), soon()).await;
    for other in [dearer, metered] {
        assert_eq!(payments.authorize(&other, soon()).await, Authorization::Refused(Refusal::Overloaded));
    }
    assert_eq!(house.books(payer.account).await.account.balance, cents(8));
}

async fn copies_of_one_authorization_at_once_charge_once(house: &House) {
    let payer = house.payer(cents(10)).await;
    let workers = [house.payments(), house.payments(), house.payments()];
    let answers = all_at_once(&workers, vec![payer.request(); 30]).await;
    assert_eq!(charged(&answers), 30, "{answers:?}");
    assert_eq!(house.books(payer.account).await.account.balance, cents(8));
}

async fn nobody_unknown_is_charged(house: &House) {
    let (payments, payer) = (house.payments(), house.payer(cents(10)).await);
    let no_account = Payer { account: AccountId::from_uuid(Uuid::now_v7()), ..payer }.request();
    let no_key = Payer { key: "0000000000000000".parse::<KeyId>().unwrap(), ..payer }.request();
    for command in [no_account, no_key] {
        assert_eq!(payments.authorize(&command, soon()).await, Authorization::Refused(Refusal::InvalidKey));
    }
}
