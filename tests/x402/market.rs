//! A chain with USDC, a facilitator, and the product selling on it.

use std::time::{SystemTime, UNIX_EPOCH};

use aipaygen_testchain::{Mining, TestChain, UNITS, Wallet};
use aipaygen_x402::{Asset, Authorization, Envelope, Network, Offer, PaymentRequired, SettleResponse, Terms, verify};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::buyers::peer;
use super::faults::Faults;
use crate::support::app::App;
use crate::support::http::{Answer, Client};
use crate::support::process::Process;

/// Keys of accounts that every development node funds with ether: who settles.
const FACILITATOR_KEY: &str = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const OUR_KEY: &str = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";

/// What a `ping` costs in the smallest unit of USDC.
pub(crate) const PING: u64 = crate::support::app::PING;

/// Who puts payments on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settler {
    /// The official facilitator of npm.
    Npm,
    /// The official facilitator of PyPI.
    PyPi,
    /// The product itself.
    Ourselves,
}

/// All of it.
pub(crate) struct Market {
    pub(crate) app: App,
    pub(crate) chain: TestChain,
    /// What stands between the product and its facilitator, if there is one.
    pub(crate) faults: Faults,
    facilitator: Option<Process>,
    _logs: TempDir,
}

impl Market {
    /// A market where blocks come at once.
    pub(crate) async fn open(settler: Settler) -> Self {
        Self::with(settler, Mining::AtOnce, &[]).await
    }

    /// With further settings, such as `("X402__CONFIRMATIONS", "2")`.
    pub(crate) async fn with(settler: Settler, mining: Mining, settings: &[(&str, &str)]) -> Self {
        let chain = TestChain::start(Network::Base, mining).await;
        let logs = TempDir::with_prefix("aipaygen-x402-").unwrap();
        let (facilitator, url) = match settler {
            Settler::Ourselves => (None, String::new()),
            Settler::Npm => start("facilitator.mjs", &logs, &chain).await,
            Settler::PyPi => start("facilitator.py", &logs, &chain).await,
        };
        let faults = Faults::before(&url);
        let mut all = vec![
            ("X402__PAY_TO", shop().to_string()),
            ("X402__RPC_URL", chain.url().to_owned()),
            ("X402__FINAL_BLOCKS", "5".to_owned()),
        ];
        match settler {
            Settler::Ourselves => {
                all.extend([("X402__SETTLE", "self".to_owned()), ("X402__GAS_KEY", OUR_KEY.to_owned())]);
            }
            Settler::Npm | Settler::PyPi => all.push(("X402__FACILITATOR_URL", faults.url())),
        }
        let mut all: Vec<_> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all.push(("SERVER__FAILED_LOGINS_PER_MINUTE_PER_ADDRESS", "1000000"));
        all.extend(settings);
        let app = App::with(&all).await;
        Self { app, chain, faults, facilitator, _logs: logs }
    }

    /// A wallet with ten dollars.
    pub(crate) async fn wallet(&self, name: &str) -> Wallet {
        let wallet = Wallet::named(name);
        self.chain.mint(wallet.address(), 10 * UNITS).await;
        wallet
    }

    /// A caller without a key.
    pub(crate) fn stranger(&self) -> Client {
        self.app.anonymous()
    }

    /// What the 402 of a route offers, as a buyer reads it.
    pub(crate) async fn offer(&self, path: &str, body: &Value) -> Offer {
        offer(&self.stranger().post(path, body).await.expect(402))
    }

    /// Shows a payment header with a body, again and again while its outcome is not known.
    pub(crate) async fn pay(&self, path: &str, body: &Value, payment: &str) -> Answer {
        pay(&self.stranger(), path, body, payment).await
    }

    /// A `ping` that this payment of the wallet pays.
    pub(crate) async fn ping(&self, wallet: &Wallet, number: u64) -> Answer {
        let payment = self.payment(wallet, number).await;
        self.pay("/tools/ping", &json!({}), &payment).await
    }

    /// The header that pays a `ping`.
    pub(crate) async fn payment(&self, wallet: &Wallet, number: u64) -> String {
        let offer = self.offer("/tools/ping", &json!({})).await;
        wallet.v2(&offer, &wallet.authorization(&offer, now_s(), number))
    }

    /// Puts a payment on the chain as somebody who has seen it.
    pub(crate) async fn submit(&self, wallet: &Wallet, offer: &Offer, authorization: &Authorization) {
        let envelope = Envelope::parse(&wallet.v2(offer, authorization)).unwrap();
        self.chain.submit(&verify(offer, &envelope, now_s()).unwrap()).await;
    }

    /// A caller with the session of this wallet.
    pub(crate) async fn sign_in(&self, wallet: &Wallet) -> Client {
        let stranger = self.stranger();
        let asked = stranger.post("/auth/challenge", &json!({ "address": wallet.address().to_string() })).await;
        let message = asked.expect(200).json()["message"].as_str().unwrap().to_owned();
        let signed = json!({ "message": message, "signature": wallet.sign_message(&message) });
        let session = stranger.post("/auth/session", &signed).await.expect(200).json();
        stranger.with_key(session["token"].as_str().unwrap())
    }

    /// The newest position of the log: what has changed nothing has written nothing.
    pub(crate) fn head(&self) -> u64 {
        let told = self.app.cli(&["ledger", "trial-balance", "--json"]).expect(0).json();
        told["books"]["position"].as_u64().unwrap_or_else(|| panic!("{told}"))
    }

    /// The process of the facilitator.
    pub(crate) fn facilitator(&mut self) -> &mut Process {
        self.facilitator.as_mut().expect("somebody else settles")
    }
}

/// Shows a payment once.
pub(crate) async fn pay(client: &Client, path: &str, body: &Value, payment: &str) -> Answer {
    let request = client.request(Method::POST, path).header("payment-signature", payment).json(body);
    client.send(request).await
}

/// Who is paid.
pub(crate) fn shop() -> aipaygen_x402::Address {
    Wallet::named("shop").address()
}

/// The offer that a 402 makes, as a buyer reads it.
pub(crate) fn offer(demand: &Answer) -> Offer {
    let required: PaymentRequired = decoded(demand.header("payment-required"));
    let [accepted] = required.accepts.as_slice() else { panic!("{required:?}") };
    let terms = Terms {
        network: Network::Base,
        asset: Asset::usdc(Network::Base),
        pay_to: accepted.pay_to.parse().unwrap(),
        max_timeout_s: accepted.max_timeout_seconds,
        valid_for_s_min: 0,
        valid_for_s_max: u64::MAX,
        contract_wallets: false,
    };
    Offer { terms: terms.into(), resource: required.resource, amount: accepted.amount.parse().unwrap() }
}

/// What a settled answer says of its payment.
pub(crate) fn settlement(answer: &Answer) -> SettleResponse {
    decoded(answer.header("payment-response"))
}

pub(crate) fn decoded<T: DeserializeOwned>(header: &str) -> T {
    serde_json::from_slice(&STANDARD.decode(header).unwrap()).unwrap()
}

/// A header that holds this.
pub(crate) fn encoded(envelope: &Value) -> String {
    STANDARD.encode(envelope.to_string())
}

pub(crate) fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

async fn start(script: &str, logs: &TempDir, chain: &TestChain) -> (Option<Process>, String) {
    let mut command = peer(script);
    command.args([chain.url(), FACILITATOR_KEY, "eip155:8453"]);
    let mut process = Process::spawn("facilitator", logs.path(), &mut command);
    let url = process.ready(async |process| process.stdout().strip_suffix('\n').map(str::to_owned)).await;
    (Some(process), url)
}
