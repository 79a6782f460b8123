//! Which payments may be claimed: the token is asked, before anything is written.

use aipaygen_payments::{Admission, Settles};
use aipaygen_testchain::{Mining, Wallet};

use crate::support::{House, nobody};

fn refused(reason: &str) -> Admission {
    Admission::Refused { reason: reason.to_owned() }
}

#[tokio::test]
async fn a_payment_that_the_token_would_obey_is_admitted() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[]).await;
    assert_eq!(settlements.admit(&house.payment(1).await).await, Admission::Admitted);
    assert_eq!(house.paid().await, 0, "asking moves nothing");
}

#[tokio::test]
async fn a_nonce_that_is_on_the_chain_is_public() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[]).await;
    let (used, cancelled) = (house.payment(1).await, house.payment(2).await);
    house.chain.submit(&used).await;
    let signature = house.buyer.sign_cancellation(cancelled.nonce, &house.offer.terms);
    house.chain.cancel(cancelled.payer, cancelled.nonce, signature).await;
    assert_eq!(settlements.admit(&used).await, Admission::Public);
    assert_eq!(settlements.admit(&cancelled).await, Admission::Public);
}

#[tokio::test]
async fn a_payment_that_the_token_would_not_obey_is_refused() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[]).await;
    let poor = house.payment_of(&Wallet::named("poor"), 1).await;
    assert_eq!(settlements.admit(&poor).await, refused("insufficient_funds"));

    let frozen = Wallet::named("frozen");
    house.chain.mint(frozen.address(), 10_000).await;
    let payment = house.payment_of(&frozen, 1).await;
    house.chain.freeze(frozen.address()).await;
    assert_eq!(settlements.admit(&payment).await, refused("account_frozen"));

    let late = house.payment(1).await;
    house.chain.pass(200).await;
    let expired = "invalid_exact_evm_payload_authorization_valid_before";
    assert_eq!(settlements.admit(&late).await, refused(expired));
}

#[tokio::test]
async fn a_payment_that_is_about_to_become_valid_is_admitted() {
    let house = House::open(Mining::ByHand).await;
    let settlements = house.ourselves(&[]).await;
    let now = house.chain.time().await;
    let mut authorization = house.buyer.authorization(&house.offer, now, 1);
    authorization.valid_after = now + 1;
    let header = house.buyer.v2(&house.offer, &authorization);
    let envelope = aipaygen_x402::Envelope::parse(&header).unwrap();
    let payment = aipaygen_x402::verify(&house.offer, &envelope, now + 2).unwrap();
    assert_eq!(settlements.admit(&payment).await, Admission::Admitted);
}

#[tokio::test]
async fn a_contract_wallet_is_asked_about_its_signature() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[]).await;
    let (owner, stranger) = (Wallet::named("owner"), Wallet::named("stranger"));
    let contract = house.chain.deploy_wallet(owner.address()).await;
    house.chain.mint(contract, 10_000).await;
    let payment = house.payment_of(&owner.acting_for(contract), 1).await;
    assert_eq!(settlements.admit(&payment).await, Admission::Admitted);
    let forged = house.payment_of(&stranger.acting_for(contract), 2).await;
    assert_eq!(settlements.admit(&forged).await, refused("invalid_exact_evm_payload_signature"));
    let without_code = house.payment_of(&stranger.acting_for(nobody()), 3).await;
    assert_eq!(settlements.admit(&without_code).await, refused("invalid_exact_evm_payload_signature"));
}

#[tokio::test]
async fn a_wallet_that_never_ends_is_no_wallet() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[]).await;
    let endless = nobody();
    // JUMPDEST, PUSH1 0, JUMP.
    house.chain.set_code(endless, &"0x5b600056".parse().unwrap()).await;
    house.chain.mint(endless, 10_000).await;
    let payment = house.payment_of(&Wallet::named("stranger").acting_for(endless), 1).await;
    assert!(matches!(settlements.admit(&payment).await, Admission::Refused { .. }));
}

#[tokio::test]
async fn nothing_is_claimed_while_the_chain_cannot_be_asked() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = house.ourselves(&[]).await;
    let payment = house.payment(1).await;
    drop(house.chain);
    assert_eq!(settlements.admit(&payment).await, Admission::Unavailable);
}
