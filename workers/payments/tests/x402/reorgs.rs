//! A settlement that a reorganisation undoes, and is made again.

use std::time::{Duration, Instant};

use aipaygen_bus::commands::{Authorization, Authorize, Payer};
use aipaygen_events::account::Pricing;
use aipaygen_events::{MicroUsd, RequestId};
use aipaygen_journal::db::Db;
use aipaygen_journal::{Journal, migrate};
use aipaygen_payments::x402::Watch;
use aipaygen_payments::{Clock, Payments, Settlement, Settles, Truth};
use aipaygen_projections::{Reader, catch_up};
use aipaygen_testchain::Mining;
use aipaygen_x402::Payment;
use uuid::Uuid;

use crate::support::{House, now, shipped};

#[tokio::test]
async fn what_a_reorganisation_undoes_is_open_again_and_settles_again() {
    let house = House::open(Mining::AtOnce).await;
    // Nobody sees to the first transaction any more when it is undone: the nonces of the gas key start again, too.
    let settlements = house.ourselves(&[("resend_after_ms", 1.into())]).await;
    let payment = house.payment(1).await;
    assert!(matches!(settlements.settle(&payment, now()).await, Settlement::Settled(_)));
    house.chain.reorg(1).await;
    assert_eq!(house.paid().await, 0);
    assert_eq!(settlements.lookup(&payment, now()).await, Truth::Open);

    let Settlement::Settled(transfer) = settlements.settle(&payment, now()).await else { panic!("settled again") };
    assert_eq!(house.paid().await, 1);
    let Truth::Settled(found) = settlements.lookup(&payment, now()).await else { panic!("found") };
    assert_eq!(found, transfer);
}

#[tokio::test]
async fn a_settlement_that_somebody_else_makes_after_a_reorganisation_is_found() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[]).await;
    let payment = house.payment(1).await;
    let Settlement::Settled(first) = settlements.settle(&payment, now()).await else { panic!("settled") };
    house.chain.reorg(1).await;
    let transaction = house.chain.submit(&payment).await;
    assert_ne!(transaction, first.transaction);
    let Truth::Settled(found) = settlements.lookup(&payment, now()).await else { panic!("found") };
    assert_eq!(found.transaction, transaction);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_makes_again_what_was_undone() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[("resend_after_ms", 1.into())]).await;
    let files = tempfile::tempdir().unwrap();
    let database = shipped("database", &[("url", format!("sqlite://{}", files.path().display()).into())]);
    migrate(&database).await.unwrap();
    let clock = Clock::system();
    let journal = Journal::open(&database, move || clock.now()).await.unwrap();
    let payments = Payments::try_new(journal.clone(), &payments_settings(), Clock::system()).unwrap();
    let payments = payments.settling(settlements.clone());

    let charged =
        payments.authorize(&paying(&house.payment(1).await), Instant::now() + Duration::from_secs(20)).await;
    assert!(matches!(charged, Authorization::Charged { .. }), "{charged:?}");
    let db = Db::open(&database).await.unwrap();
    catch_up(journal.reader(), &db, journal.head().await.unwrap().position).await.unwrap();
    let mut watch = Watch::new(settlements, journal.clone(), Reader::new(db));
    assert_eq!((watch.sweep().await, house.paid().await), (0, 1));

    house.chain.reorg(1).await;
    assert_eq!(house.paid().await, 0);
    assert_eq!((watch.sweep().await, house.paid().await), (1, 1));
    assert_eq!((watch.sweep().await, house.paid().await), (0, 1), "it stands again");
    journal.close().await;
}

fn paying(payment: &Payment) -> Authorize {
    Authorize {
        request: RequestId::from_uuid(Uuid::now_v7()),
        payer: Payer::X402 { payment: Box::new(payment.clone()), request_hash: "00".repeat(32) },
        endpoint: "POST /ping".to_owned(),
        amount: MicroUsd::new(payment.value).unwrap(),
        pricing: Pricing::Flat,
        timeout_ms: 30_000,
        idempotency: None,
    }
}

fn payments_settings() -> aipaygen_payments::Settings {
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    shipped("payments", &[("receipt_signing_key", key.into()), ("key_pepper", "0123456789".repeat(4).into())])
}
