//! An ingress with everything that it talks to, on ports of its own.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_api::{Deps, Settings, X402, bind};
use aipaygen_bus::SharedBus;
use aipaygen_bus::local::LocalBus;
use aipaygen_events::AccountId;
use aipaygen_events::api_key::{ApiKey, ENTROPY_LEN};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::payments::Payments;
use super::records::{Records, pepper};
use super::{Answer, tools, wallets};

/// All of it, and an account that can pay.
pub(crate) struct House {
    pub(crate) bus: SharedBus,
    pub(crate) payments: Arc<Payments>,
    pub(crate) records: Records,
    pub(crate) account: AccountId,
    pub(crate) key: ApiKey,
    pub(crate) url: String,
    pub(crate) admin_url: String,
    pub(crate) shutdown: CancellationToken,
    pub(crate) running: JoinHandle<std::io::Result<()>>,
    pub(crate) client: Client,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings than the usual ones.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::built(change, None).await
    }

    /// Where wallets pay too.
    pub(crate) async fn paid_by_wallets() -> Self {
        Self::with_x402(|_| {}).await
    }

    /// The same with other settings.
    pub(crate) async fn with_x402(change: impl FnOnce(&mut Settings)) -> Self {
        let change = |settings: &mut Settings| {
            settings.failed_logins_per_minute_per_address = 10_000.try_into().unwrap();
            change(settings);
        };
        Self::built(change, Some(wallets::x402())).await
    }

    async fn built(change: impl FnOnce(&mut Settings), x402: Option<X402>) -> Self {
        let mut settings = Settings {
            workers: 2,
            check_timeout_ms: 1_000,
            payments_timeout_ms: 400,
            refund_timeout_ms: 400,
            freshness_ms_max: 200,
            ..Settings::default()
        };
        change(&mut settings);
        let bus: SharedBus = LocalBus::new(&aipaygen_bus::Settings::default());
        let payments = Payments::serve(&bus).await;
        tools::serve(&bus).await;
        let records = Records::open().await;
        let key = key(1);
        let account = records.account(&key, None).await;
        let deps = Deps { x402, ..deps(&bus, &records) };
        let bound = bind(deps, settings).await.unwrap();
        let (url, admin_url, shutdown) = (bound.url(), bound.admin_url(), CancellationToken::new());
        let running = tokio::spawn(bound.run(shutdown.clone()));
        // reqwest asks for it even where nothing is encrypted. A second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { bus, payments, records, account, key, url, admin_url, shutdown, running, client }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// The 402 of a route.
    pub(crate) async fn demand(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::POST, path)).await.expect(402)
    }

    /// With the key.
    pub(crate) fn authorized(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).bearer_auth(self.key.expose())
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::to(self.authorized(Method::GET, path)).await
    }

    /// A call of a tool, paid with the key.
    pub(crate) async fn call(&self, path: &str, say: &str) -> Answer {
        self.post(path, &json!({ "say": say })).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::to(self.authorized(Method::POST, path).json(body)).await
    }

    /// Stops it, and waits until it has stopped.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(Duration::from_secs(10), self.running).await.unwrap().unwrap().unwrap();
    }
}

pub(crate) fn deps(bus: &SharedBus, records: &Records) -> Deps {
    Deps {
        bus: bus.clone(),
        reader: records.reader(),
        log_head: records.head(),
        catalog: Arc::new(tools::catalog()),
        x402: None,
        pepper: pepper(),
        metrics: Arc::new(|| "up 1\n".to_owned()),
        grace: Duration::from_secs(5),
    }
}

/// A key; another one for another seed.
pub(crate) fn key(seed: u8) -> ApiKey {
    ApiKey::from_entropy(&[seed; ENTROPY_LEN])
}
