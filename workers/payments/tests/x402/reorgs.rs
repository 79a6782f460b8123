//! A settlement that a reorganisation undoes, and is made again.

use aipaygen_payments::{Settlement, Settles, Truth};
use aipaygen_testchain::Mining;

use crate::support::{House, now};

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
