//! What is found out before a payment is taken.

use aipaygen_payments::x402::{Settlements, SettlementsError};
use aipaygen_testchain::Mining;

use crate::support::House;

#[tokio::test]
async fn a_node_on_another_chain_is_refused() {
    let house = House::open(Mining::AtOnce).await;
    let settlements = Settlements::try_new(&house.settings(&[("network", "eip155:8453".into())])).unwrap().unwrap();
    let error = settlements.init().await.unwrap_err();
    assert_eq!(error, SettlementsError::Chain { expected: 8453, found: 84532 });
}

#[tokio::test]
async fn a_token_that_verifies_otherwise_is_refused() {
    let house = House::open(Mining::AtOnce).await;
    let changed = [
        ("asset", "0x209693Bc6afc0C5328bA36FaF03C514EF312287C".into()),
        ("asset_name", "USDC".into()),
        ("asset_version", "2".into()),
    ];
    let settlements = Settlements::try_new(&house.settings(&changed)).unwrap().unwrap();
    assert_eq!(settlements.init().await, Err(SettlementsError::Domain));
}

#[tokio::test]
async fn keys_that_are_none_are_named() {
    let house = House::open(Mining::AtOnce).await;
    let error = |changed: &[(&str, toml::Value)]| Settlements::try_new(&house.settings(changed)).err().unwrap();
    assert_eq!(error(&[("gas_key", "0x01".into())]), SettlementsError::Key { setting: "gas_key" });
    let file = [("gas_key", "".into()), ("gas_key_file", "/nonexistent".into())];
    assert_eq!(error(&file), SettlementsError::File { setting: "gas_key_file" });
    let coinbase = [("settle", "facilitator".into()), ("cdp_key_id", "id".into()), ("cdp_key_secret", "no".into())];
    assert_eq!(error(&coinbase), SettlementsError::Key { setting: "cdp_key_secret" });
}

#[tokio::test]
async fn nobody_to_be_paid_is_nothing_to_settle() {
    let house = House::open(Mining::AtOnce).await;
    assert!(Settlements::try_new(&house.settings(&[("pay_to", "".into())])).unwrap().is_none());
}
