//! Ends: exactly one a charge, whoever asks and however often.

use std::sync::Arc;

use aipaygen_bus::commands::{Authorization, End, EndHow, Ended};
use aipaygen_events::account::Tokens;
use aipaygen_events::{AccountId, CreditId, Purse};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{House, cents, completed, failed, on_both_stores, soon};

on_both_stores!(
    an_answered_request_is_earned,
    a_failed_request_is_given_back,
    the_first_end_stands,
    fifty_ends_at_once_agree,
    a_hold_gives_back_what_was_not_used,
    nobody_pays_more_than_was_held,
    what_was_never_charged_does_not_end,
    an_end_reaches_any_worker,
);

async fn an_answered_request_is_earned(house: &House) {
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let command = payer.request();
    let Authorization::Charged { receipt, .. } = payments.authorize(&command, soon()).await else { panic!() };
    let ended = payments.end(&completed(&command, None), soon()).await;
    assert_eq!(ended, Ended::Completed { price: cents(2), receipt: receipt.unwrap() });
    let books = house.books(payer.account).await;
    assert_eq!((books.earned, books.account.balance), (cents(2), cents(8)));
}

async fn a_failed_request_is_given_back(house: &House) {
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let command = payer.request();
    payments.authorize(&command, soon()).await;
    let ended = payments.end(&failed(&command), soon()).await;
    assert_eq!(
        ended,
        Ended::Refunded { credit: CreditId::of_request(command.request), amount: cents(2), voucher: None }
    );
    assert_eq!(house.books(payer.account).await.account.balance, cents(10));
    let again = payments.authorize(&command, soon()).await;
    assert!(matches!(again, Authorization::Refused(_)), "a request that was given back is not run for nothing");
}

async fn the_first_end_stands(house: &House) {
    let payer = house.payer(cents(10)).await;
    for complete_first in [true, false] {
        let (command, here, elsewhere) = (payer.request(), house.payments(), house.payments());
        here.authorize(&command, soon()).await;
        let (complete, refund) = (completed(&command, None), failed(&command));
        let stands = here.end(if complete_first { &complete } else { &refund }, soon()).await;
        assert_eq!(matches!(stands, Ended::Completed { .. }), complete_first);
        for payments in [&here, &elsewhere] {
            assert_eq!(payments.end(&complete, soon()).await, stands);
            assert_eq!(payments.end(&refund, soon()).await, stands);
        }
    }
    assert_eq!(house.books(payer.account).await.account.balance, cents(8));
}

async fn fifty_ends_at_once_agree(house: &House) {
    let payer = house.payer(cents(10)).await;
    let workers = [house.payments(), house.payments(), house.payments()];
    let command = payer.request();
    workers[0].authorize(&command, soon()).await;
    let mut tasks = JoinSet::new();
    for (i, payments) in workers.iter().cycle().take(50).map(Arc::clone).enumerate() {
        let end = if i % 2 == 0 { completed(&command, None) } else { failed(&command) };
        tasks.spawn(async move { payments.end(&end, soon()).await });
    }
    let ends = tasks.join_all().await;
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    assert!(matches!(ends[0], Ended::Completed { .. } | Ended::Refunded { .. }), "{:?}", ends[0]);
    assert_eq!(house.books(payer.account).await.ends.len(), 1);
}

async fn a_hold_gives_back_what_was_not_used(house: &House) {
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let command = payer.metered(cents(9));
    assert_eq!(
        payments.authorize(&command, soon()).await,
        Authorization::Charged { receipt: None, settled: None, remainder: None }
    );
    let tokens = Tokens { input: 7, output: 3 };
    let how = EndHow::Complete { price: Some(cents(4)), tokens, duration_ms: 5 };
    let ended = payments.end(&End { how, ..completed(&command, None) }, soon()).await;
    assert!(matches!(ended, Ended::Completed { price, .. } if price == cents(4)), "{ended:?}");
    assert_eq!(house.books(payer.account).await.account.balance, cents(6));
}

async fn nobody_pays_more_than_was_held(house: &House) {
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let command = payer.metered(cents(5));
    payments.authorize(&command, soon()).await;
    let ended = payments.end(&completed(&command, Some(cents(7))), soon()).await;
    assert!(matches!(ended, Ended::Completed { price, .. } if price == cents(5)), "{ended:?}");
    assert_eq!(house.books(payer.account).await.account.balance, cents(5));
}

async fn what_was_never_charged_does_not_end(house: &House) {
    let (payer, other) = (house.payer(cents(10)).await, house.payer(cents(10)).await);
    let (payments, command) = (house.payments(), payer.request());
    assert_eq!(payments.end(&completed(&command, None), soon()).await, Ended::NotCharged);
    payments.authorize(&command, soon()).await;
    payments.end(&failed(&command), soon()).await;
    for account in [other.account, AccountId::from_uuid(Uuid::now_v7())] {
        let end = End { purse: Purse::Account(account), ..failed(&command) };
        assert_eq!(payments.end(&end, soon()).await, Ended::NotCharged, "the end of another account's request");
    }
}

async fn an_end_reaches_any_worker(house: &House) {
    let (here, elsewhere) = (house.payments(), house.payments());
    let payer = house.payer(cents(10)).await;
    let (first, second) = (payer.request(), payer.request());
    // The second worker remembers the account from before the charge.
    elsewhere.authorize(&first, soon()).await;
    here.authorize(&second, soon()).await;
    assert!(matches!(elsewhere.end(&completed(&second, None), soon()).await, Ended::Completed { .. }));
    assert!(matches!(here.end(&completed(&first, None), soon()).await, Ended::Completed { .. }));
}
