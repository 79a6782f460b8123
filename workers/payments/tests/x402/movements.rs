//! Everything that moved to us, and how.

use aipaygen_payments::x402::Witness;
use aipaygen_testchain::{Mining, Wallet};

use crate::support::House;

#[tokio::test]
async fn payments_and_plain_transfers_are_told_apart() {
    let house = House::open(Mining::AtOnce).await;
    let witness = Witness::init(&house.settings(&[("rpc_logs_blocks_max", 2.into())])).await.unwrap().unwrap();
    let from = house.chain.time().await;
    let (first, second) = (house.payment(1).await, house.payment(2).await);
    house.chain.submit(&first).await;
    house.chain.mine(5).await;
    let plain = house.chain.transfer(&house.buyer, first.pay_to, 77).await;
    house.chain.submit(&second).await;
    let to = house.chain.time().await + 1;

    let movements = witness.movements(from, to).await.unwrap();
    let told: Vec<_> = movements.iter().map(|one| (one.value.unwrap(), one.nonce)).collect();
    assert_eq!(told, [(10_000, Some(first.nonce)), (77, None), (10_000, Some(second.nonce))]);
    assert_eq!(movements[1].transaction, plain);
    assert!(movements.iter().all(|one| one.payer == Wallet::named("buyer").address()));
    assert!(witness.movements(to, to + 100).await.unwrap().is_empty());
    assert!(witness.movements(0, from).await.unwrap().is_empty());
}
