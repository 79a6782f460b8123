//! A chain, a buyer with money, an offer, and settlements by settings of a test's own.

mod script;

use std::sync::Arc;

use aipaygen_payments::x402::Settlements;
use aipaygen_testchain::{Mining, TestChain, UNITS, Wallet};
use aipaygen_x402::{Address, Envelope, Network, Offer, Payment, Resource, Settings, Terms, verify};
pub(crate) use script::{Answer, Script};

pub(crate) const PAY_TO: &str = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";

/// Where a test takes place.
pub(crate) struct House {
    pub(crate) chain: TestChain,
    pub(crate) buyer: Wallet,
    pub(crate) offer: Offer,
}

impl House {
    /// A chain, and a buyer with ten dollars.
    pub(crate) async fn open(mining: Mining) -> Self {
        let chain = TestChain::start(Network::BaseSepolia, mining).await;
        let buyer = Wallet::named("buyer");
        chain.mint(buyer.address(), 10 * UNITS).await;
        chain.give_gas(gas().address()).await;
        let terms = Terms {
            network: chain.network(),
            asset: chain.asset(),
            pay_to: PAY_TO.parse().unwrap(),
            max_timeout_s: 120,
            valid_for_s_min: 15,
            valid_for_s_max: 7_200,
            contract_wallets: true,
        };
        let (url, description, mime_type) = ("https://example.com/ping", "Answers.", "application/json");
        let resource = Resource { url: url.into(), description: description.into(), mime_type: mime_type.into() };
        Self { chain, buyer, offer: Offer { terms: Arc::new(terms), resource, amount: 10_000 } }
    }

    /// The shipped settings for this chain, of which some are others.
    pub(crate) fn settings(&self, changed: &[(&str, toml::Value)]) -> Settings {
        let ours = [
            ("pay_to", PAY_TO.into()),
            ("network", self.chain.network().caip2().into()),
            ("rpc_url", self.chain.url().into()),
            ("contract_wallets", true.into()),
            ("settle", "self".into()),
            ("gas_key", gas().private_key().into()),
            ("settle_timeout_ms", 4_000.into()),
            ("final_blocks", 5.into()),
        ];
        shipped("x402", &[&ours, changed].concat())
    }

    /// Settlements by ourselves, ready.
    pub(crate) async fn ourselves(&self, changed: &[(&str, toml::Value)]) -> Arc<Settlements> {
        let settlements = Settlements::try_new(&self.settings(changed)).unwrap().unwrap();
        settlements.init().await.unwrap();
        Arc::new(settlements)
    }

    /// Settlements by a facilitator that follows a script.
    pub(crate) async fn by(&self, script: &Script, changed: &[(&str, toml::Value)]) -> Arc<Settlements> {
        let theirs = [("settle", "facilitator".into()), ("facilitator_url", script.url().into())];
        self.ourselves(&[&theirs, changed].concat()).await
    }

    /// A payment of the buyer, verified. Another number, another payment.
    pub(crate) async fn payment(&self, number: u64) -> Payment {
        self.payment_of(&self.buyer, number).await
    }

    pub(crate) async fn payment_of(&self, wallet: &Wallet, number: u64) -> Payment {
        let now = self.chain.time().await;
        let header = wallet.v2(&self.offer, &wallet.authorization(&self.offer, now, number));
        verify(&self.offer, &Envelope::parse(&header).unwrap(), now).unwrap()
    }

    /// How often the price has moved to us.
    pub(crate) async fn paid(&self) -> usize {
        let transfers = self.chain.transfers_to(PAY_TO.parse().unwrap()).await;
        assert!(transfers.iter().all(|transfer| transfer.value == self.offer.amount));
        transfers.len()
    }
}

/// The wallet that pays gas.
pub(crate) fn gas() -> Wallet {
    Wallet::named("gas")
}

/// An address that nobody has.
pub(crate) fn nobody() -> Address {
    Address::repeat_byte(0x0b)
}

/// When a payment is claimed: now.
pub(crate) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// A section of the shipped settings, of which some are others.
pub(crate) fn shipped<S: serde::de::DeserializeOwned>(section: &str, changed: &[(&str, toml::Value)]) -> S {
    let shipped: toml::Table = include_str!("../../../../../config.default.toml").parse().unwrap();
    let mut section = shipped[section].as_table().unwrap().clone();
    for (key, value) in changed {
        assert!(section.insert((*key).to_owned(), value.clone()).is_some(), "{key}");
    }
    toml::Value::Table(section).try_into().unwrap()
}
