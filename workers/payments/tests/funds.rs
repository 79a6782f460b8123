//! Deposits: each reference credits once.

use aipaygen_events::account::{DepositSource, Rejection};
use aipaygen_events::{AccountId, MicroUsd};
use aipaygen_payments::CommandError;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{House, cents, on_both_stores};

on_both_stores!(
    a_deposit_delivered_twice_credits_once,
    a_deposit_delivered_many_times_at_once_credits_once,
    a_reference_stands_for_one_deposit,
    what_is_no_deposit_is_refused,
);

async fn a_deposit_delivered_twice_credits_once(house: &House) {
    let (payer, here, elsewhere) = (house.payer(MicroUsd::ZERO).await, house.payments(), house.payments());
    for payments in [&here, &here, &elsewhere] {
        payments.deposit(payer.account, DepositSource::Stripe, "evt_1", cents(500)).await.unwrap();
        payments.grant(payer.account, cents(5), "evt_1").await.unwrap();
    }
    assert_eq!(house.books(payer.account).await.account.balance, cents(505), "a source has references of its own");
}

async fn a_deposit_delivered_many_times_at_once_credits_once(house: &House) {
    let payer = house.payer(MicroUsd::ZERO).await;
    let mut tasks = JoinSet::new();
    for payments in [house.payments(), house.payments(), house.payments()] {
        for _ in 0..5 {
            let payments = std::sync::Arc::clone(&payments);
            tasks.spawn(async move { payments.grant(payer.account, cents(7), "once").await });
        }
    }
    tasks.join_all().await.into_iter().for_each(Result::unwrap);
    assert_eq!(house.books(payer.account).await.account.balance, cents(7));
}

async fn a_reference_stands_for_one_deposit(house: &House) {
    let (payer, other, payments) = (house.payer(cents(1)).await, house.payer(cents(1)).await, house.payments());
    payments.grant(payer.account, cents(5), "gift").await.unwrap();
    let more = payments.grant(payer.account, cents(6), "gift").await;
    let elsewhere = payments.grant(other.account, cents(5), "gift").await;
    assert_eq!((more, elsewhere), (Err(CommandError::ReferenceUsed), Err(CommandError::ReferenceUsed)));
    assert_eq!(house.books(other.account).await.account.balance, cents(1));
}

async fn what_is_no_deposit_is_refused(house: &House) {
    let (payer, payments) = (house.payer(cents(1)).await, house.payments());
    let refused = |rejection| Err(CommandError::Rejected(rejection));
    assert_eq!(payments.grant(payer.account, MicroUsd::ZERO, "0").await, refused(Rejection::NothingDeposited));
    assert_eq!(payments.grant(payer.account, MicroUsd::MAX, "max").await, refused(Rejection::BalanceTooLarge));
    let nobody = AccountId::from_uuid(Uuid::now_v7());
    assert_eq!(payments.grant(nobody, cents(1), "nobody").await, refused(Rejection::NotOpen));
}
