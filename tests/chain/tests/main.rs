//! The chain of the tests behaves as Base does, or the tests that stand on it prove nothing.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use aipaygen_testchain::{Mining, TestChain, UNITS, Wallet};
use aipaygen_x402::{Address, Envelope, Network, Offer, Payment, Resource, Terms, verify};

fn offer(chain: &TestChain) -> Offer {
    let terms = Terms {
        network: chain.network(),
        asset: chain.asset(),
        pay_to: Address::repeat_byte(0x42),
        max_timeout_s: 120,
        valid_for_s_min: 15,
        valid_for_s_max: 3_600,
        contract_wallets: true,
    };
    let (url, description, mime_type) = ("https://example.com/ping", "Answers.", "application/json");
    let resource = Resource { url: url.into(), description: description.into(), mime_type: mime_type.into() };
    Offer { terms: Arc::new(terms), resource, amount: 10_000 }
}

async fn paid(chain: &TestChain, buyer: &Wallet, number: u64) -> (Offer, Payment) {
    let (offer, now) = (offer(chain), chain.time().await);
    let header = buyer.v2(&offer, &buyer.authorization(&offer, now, number));
    let payment = verify(&offer, &Envelope::parse(&header).unwrap(), now).unwrap();
    (offer, payment)
}

#[tokio::test]
async fn the_token_obeys_what_is_verified_locally_once() {
    for network in Network::ALL {
        let chain = TestChain::start(network, Mining::AtOnce).await;
        let buyer = Wallet::named("buyer");
        chain.mint(buyer.address(), UNITS).await;
        let (offer, payment) = paid(&chain, &buyer, 1).await;
        let transaction = chain.submit(&payment).await;
        let transfers = chain.transfers_to(offer.terms.pay_to).await;
        assert_eq!(transfers.len(), 1);
        assert_eq!((transfers[0].from, transfers[0].value), (buyer.address(), 10_000));
        assert_eq!(transfers[0].transaction, transaction);
        assert_eq!(chain.balance(buyer.address()).await, UNITS - 10_000);
        assert!(chain.is_used(buyer.address(), payment.nonce).await);
    }
}

#[tokio::test]
async fn a_contract_wallet_pays_by_the_key_that_it_obeys() {
    let chain = TestChain::start(Network::BaseSepolia, Mining::AtOnce).await;
    let key = Wallet::named("owner");
    let wallet = key.acting_for(chain.deploy_wallet(key.address()).await);
    chain.mint(wallet.address(), UNITS).await;
    let (offer, payment) = paid(&chain, &wallet, 1).await;
    chain.submit(&payment).await;
    assert_eq!(chain.balance(offer.terms.pay_to).await, 10_000);
}

#[tokio::test]
async fn a_cancelled_nonce_is_dead() {
    let chain = TestChain::start(Network::BaseSepolia, Mining::AtOnce).await;
    let buyer = Wallet::named("buyer");
    let (offer, payment) = paid(&chain, &buyer, 1).await;
    chain.cancel(buyer.address(), payment.nonce, buyer.sign_cancellation(payment.nonce, &offer.terms)).await;
    assert!(chain.is_used(buyer.address(), payment.nonce).await);
    assert!(chain.transfers_to(offer.terms.pay_to).await.is_empty());
}

#[tokio::test]
async fn blocks_come_when_they_are_asked_for_and_can_go_again() {
    let chain = TestChain::start(Network::BaseSepolia, Mining::ByHand).await;
    let buyer = Wallet::named("buyer");
    chain.mint(buyer.address(), UNITS).await;
    chain.mine(3).await;
    let number = chain.block_number().await;
    let (offer, payment) = paid(&chain, &buyer, 1).await;
    let transaction = chain.submit(&payment).await;
    assert_eq!(chain.block_number().await, number + 1);
    chain.reorg(1).await;
    assert!(chain.receipt(transaction).await.is_none());
    assert!(chain.waiting().await.is_empty());
    assert!(chain.transfers_to(offer.terms.pay_to).await.is_empty());
    assert!(!chain.is_used(buyer.address(), payment.nonce).await);

    let before = chain.time().await;
    chain.pass(600).await;
    assert!(chain.time().await >= before + 600);
}
