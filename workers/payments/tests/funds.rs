//! Deposits: each reference credits once.

use aipaygen_bus::commands::{Authorization, Authorize, Refusal};
use aipaygen_events::account::{DepositSource, Rejection};
use aipaygen_events::{AccountId, MicroUsd};
use aipaygen_payments::CommandError;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{House, cents, on_both_stores, soon};

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

/// In one thread, so that all three are submitted before the log answers any of them.
#[tokio::test]
async fn no_charge_is_built_on_a_deposit_that_may_be_another() {
    let house = House::on_sqlite().await;
    let (payer, here, elsewhere) = (house.payer(MicroUsd::ZERO).await, house.payments(), house.payments());
    here.grant(payer.account, cents(1), "first").await.unwrap();
    let dear = Authorize { amount: cents(5), ..payer.request() };
    // Refused on what it has just read: from here on both know the account as it is.
    elsewhere.authorize(&dear, soon()).await;
    tokio::task::yield_now().await;
    let (less, more, charged) = tokio::join!(
        elsewhere.grant(payer.account, cents(2), "gift"),
        here.grant(payer.account, cents(8), "gift"),
        here.authorize(&dear, soon()),
    );
    assert_eq!((less, more), (Ok(()), Err(CommandError::ReferenceUsed)));
    let refused = Refusal::InsufficientFunds { price: cents(5), available: cents(3) };
    assert_eq!(charged, Authorization::Refused(refused));
    assert_eq!(house.books(payer.account).await.account.balance, cents(3));
}
