//! Being paid by wallets: the terms of these tests, and what a wallet shows for a route.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aipaygen_api::X402;
use aipaygen_testchain::Wallet;
use aipaygen_x402::{Asset, Authorization, Network, Offer, PaymentRequired, Resource, Terms};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;

use super::Answer;

pub(crate) fn terms() -> Arc<Terms> {
    Arc::new(Terms {
        network: Network::Base,
        asset: Asset::usdc(Network::Base),
        pay_to: Wallet::named("shop").address(),
        max_timeout_s: 60,
        valid_for_s_min: 6,
        valid_for_s_max: 600,
        contract_wallets: false,
    })
}

pub(crate) fn x402() -> X402 {
    let facilitator_url = Some("https://facilitator.example".to_owned());
    X402 { terms: terms(), facilitator_url, settle_timeout: Duration::from_millis(400) }
}

/// The offer that a 402 makes, as a buyer reads it.
pub(crate) fn offer(demand: &Answer) -> Offer {
    let required: PaymentRequired = decoded(demand.header("payment-required"));
    let Resource { url, description, mime_type } = required.resource;
    let amount = required.accepts[0].amount.parse().unwrap();
    Offer { terms: terms(), resource: Resource { url, description, mime_type }, amount }
}

/// What this wallet signs for the offer; another payment for another number.
pub(crate) fn signed(wallet: &Wallet, offer: &Offer, number: u64) -> Authorization {
    wallet.authorization(offer, now_s(), number)
}

pub(crate) fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// What a header of base64 and JSON holds.
pub(crate) fn decoded<T: DeserializeOwned>(header: &str) -> T {
    serde_json::from_slice(&STANDARD.decode(header).unwrap()).unwrap()
}
