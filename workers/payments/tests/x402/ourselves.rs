//! Settlement with a key of our own.

use std::time::Duration;

use aipaygen_payments::{Settlement, Settles, Truth};
use aipaygen_testchain::{Mining, Wallet};

use crate::support::{House, now};

#[tokio::test]
async fn a_payment_settles_by_ourselves() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[]).await;
    let payment = house.payment(1).await;
    let Settlement::Settled(transfer) = settlements.settle(&payment, now()).await else { panic!("settled") };
    let transfers = house.chain.transfers_to(payment.pay_to).await;
    assert_eq!(transfers.len(), 1);
    assert_eq!((transfers[0].transaction, transfers[0].block), (transfer.transaction, transfer.block));
    assert!(!transfer.is_final);

    house.chain.mine(5).await;
    let Truth::Settled(found) = settlements.lookup(&payment, now()).await else { panic!("found") };
    assert_eq!((found.transaction, found.is_final), (transfer.transaction, true));
}

#[tokio::test]
async fn copies_at_the_same_time_move_the_money_once() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[]).await;
    let payment = house.payment(1).await;
    let copies = (0..12).map(|_| settlements.settle(&payment, now()));
    let outcomes = futures::future::join_all(copies).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Settlement::Settled(_))), "{outcomes:?}");
    assert_eq!(house.paid().await, 1);
}

#[tokio::test]
async fn many_payments_settle_one_after_the_other() {
    let house = House::open(Mining::Every(Duration::from_secs(1))).await;
    let settlements = house.ourselves(&[("settle_timeout_ms", 10_000.into())]).await;
    let mut payments = Vec::new();
    for number in 0..8 {
        payments.push(house.payment(number).await);
    }
    let outcomes = futures::future::join_all(payments.iter().map(|payment| settlements.settle(payment, now()))).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Settlement::Settled(_))), "{outcomes:?}");
    assert_eq!(house.paid().await, 8);
}

#[tokio::test]
async fn a_payment_that_somebody_else_submitted_is_settled() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[]).await;
    let payment = house.payment(1).await;
    let transaction = house.chain.submit(&payment).await;
    for _ in 0..2 {
        let Settlement::Settled(transfer) = settlements.settle(&payment, now()).await else { panic!("settled") };
        assert_eq!(transfer.transaction, transaction);
    }
    assert_eq!(house.paid().await, 1);
}

#[tokio::test]
async fn a_contract_wallet_settles() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[]).await;
    let key = Wallet::named("owner");
    let wallet = key.acting_for(house.chain.deploy_wallet(key.address()).await);
    house.chain.mint(wallet.address(), 10_000).await;
    let payment = house.payment_of(&wallet, 1).await;
    assert!(matches!(settlements.settle(&payment, now()).await, Settlement::Settled(_)));
}

#[tokio::test]
async fn what_the_token_would_not_obey_fails_and_costs_no_gas() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[]).await;
    let poor = Wallet::named("poor");
    let outcome = settlements.settle(&house.payment_of(&poor, 1).await, now()).await;
    assert_eq!(outcome, Settlement::Failed { reason: "insufficient_funds".to_owned() });

    let cancelled = house.payment(1).await;
    let signature = house.buyer.sign_cancellation(cancelled.nonce, &house.offer.terms);
    house.chain.cancel(cancelled.payer, cancelled.nonce, signature).await;
    let outcome = settlements.settle(&cancelled, now()).await;
    assert_eq!(outcome, Settlement::Failed { reason: "nonce_cancelled".to_owned() });
    assert_eq!(settlements.lookup(&cancelled, now()).await, Truth::Failed { reason: "nonce_cancelled".to_owned() });
    assert_eq!(house.paid().await, 0);
}

#[tokio::test]
async fn no_block_is_no_failure() {
    let house = House::open(Mining::ByHand).await;
    let settlements = house.ourselves(&[("settle_timeout_ms", 1_000.into())]).await;
    let payment = house.payment(1).await;
    let Settlement::Unknown { transaction, .. } = settlements.settle(&payment, now()).await else {
        panic!("unknown")
    };
    assert_eq!(house.chain.waiting().await, [transaction.unwrap()]);
    assert_eq!(settlements.lookup(&payment, now()).await, Truth::Open);
    house.chain.mine(1).await;
    let Truth::Settled(transfer) = settlements.lookup(&payment, now()).await else { panic!("settled") };
    assert_eq!(Some(transfer.transaction), transaction);
}

#[tokio::test]
async fn a_transaction_that_sticks_is_sent_again_for_more() {
    let house = House::open(Mining::ByHand).await;
    let changed = [("settle_timeout_ms", 6_000.into()), ("resend_after_ms", 300.into())];
    let settlements = house.ourselves(&changed).await;
    let payment = house.payment(1).await;
    let (outcome, ()) = futures::join!(settlements.settle(&payment, now()), async {
        let first = loop {
            match house.chain.waiting().await.as_slice() {
                [first] => break *first,
                _ => tokio::task::yield_now().await,
            }
        };
        while house.chain.waiting().await.contains(&first) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(house.chain.waiting().await.len(), 1, "it replaces the first");
        house.chain.mine(1).await;
    });
    assert!(matches!(outcome, Settlement::Settled(_)), "{outcome:?}");
    assert_eq!(house.paid().await, 1);
}

#[tokio::test]
async fn a_transaction_that_the_node_forgets_is_sent_again() {
    let house = House::open(Mining::ByHand).await;
    let changed = [("settle_timeout_ms", 6_000.into()), ("resend_after_ms", 300.into())];
    let settlements = house.ourselves(&changed).await;
    let payment = house.payment(1).await;
    let (outcome, ()) = futures::join!(settlements.settle(&payment, now()), async {
        let first = loop {
            match house.chain.waiting().await.as_slice() {
                [first] => break *first,
                _ => tokio::task::yield_now().await,
            }
        };
        house.chain.forget(first).await;
        while house.chain.waiting().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        house.chain.mine(1).await;
    });
    assert!(matches!(outcome, Settlement::Settled(_)), "{outcome:?}");
}

#[tokio::test]
async fn work_waits_for_the_confirmations_that_are_asked_for() {
    let house = House::open(Mining::AtOnce).await;
    let changed = [("confirmations", 3.into()), ("settle_timeout_ms", 1_000.into())];
    let settlements = house.ourselves(&changed).await;
    let payment = house.payment(1).await;
    assert!(matches!(settlements.settle(&payment, now()).await, Settlement::Unknown { .. }));
    house.chain.mine(1).await;
    assert_eq!(settlements.lookup(&payment, now()).await, Truth::Unknown);
    house.chain.mine(1).await;
    assert!(matches!(settlements.lookup(&payment, now()).await, Truth::Settled(_)));
    assert!(matches!(settlements.settle(&payment, now()).await, Settlement::Settled(_)));
}

#[tokio::test]
async fn gas_above_the_bound_is_not_paid() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[("gas_price_wei_max", 1.into()), ("settle_timeout_ms", 700.into())]).await;
    let outcome = settlements.settle(&house.payment(1).await, now()).await;
    assert_eq!(outcome, Settlement::Unknown { reason: "gas_price_too_high".to_owned(), transaction: None });
    assert_eq!(house.paid().await, 0);
}

#[tokio::test]
async fn two_workers_with_one_key_settle_all_the_same() {
    let house = House::open(Mining::AtOnce).await;
    let workers = [house.ourselves(&[]).await, house.ourselves(&[]).await];
    for number in 0..6 {
        let payment = house.payment(number).await;
        let outcome = workers[usize::try_from(number % 2).unwrap()].settle(&payment, now()).await;
        assert!(matches!(outcome, Settlement::Settled(_)), "{outcome:?}");
    }
    assert_eq!(house.paid().await, 6);
}
