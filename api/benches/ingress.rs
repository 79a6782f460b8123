//! The ingress's own share of a paid call, by a key and by a wallet, and of a 402: over a real socket, with a bus that
//! answers at once, beside an answer of the bare framework through the same client.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on panics")]

#[path = "../tests/support/records.rs"]
mod records;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use actix_web::{App, HttpResponse, HttpServer, web};
use aipaygen_api::{Deps, Settings, X402, bind};
use aipaygen_bus::commands::{Authorization, Authorize, Command, encode};
use aipaygen_bus::local::LocalBus;
use aipaygen_bus::tool::ToolOutcome;
use aipaygen_bus::{Bus, BusError, Handler, Message, Parts, RequestError, ServeOptions, Serving, SharedBus, Work};
use aipaygen_catalog::Catalog;
use aipaygen_events::account::Tokens;
use aipaygen_events::api_key::{ApiKey, ENTROPY_LEN};
use aipaygen_testchain::Wallet;
use aipaygen_x402::{Asset, Network, Offer, Resource, Terms};
use async_trait::async_trait;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use records::{Records, pepper};

/// Answers every request at once, so that what is measured is the ingress.
struct AtOnce(Arc<LocalBus>);

#[async_trait]
impl Bus for AtOnce {
    async fn request(&self, subject: &str, _: Message, _: Instant) -> Result<Message, RequestError> {
        // As long as a real one.
        let receipt = Some("a.receipt.".to_owned() + &"s".repeat(400));
        Ok(match subject {
            Authorize::SUBJECT => encode(&Authorization::Charged { receipt, settled: None, remainder: None }),
            _ => ToolOutcome::Answered { body: r#"{"pong":true}"#.into(), tokens: Tokens::default(), model: None }
                .into_message(),
        })
    }

    async fn request_parts(&self, subject: &str, message: Message, deadline: Instant) -> Result<Parts, RequestError> {
        self.0.request_parts(subject, message, deadline).await
    }

    async fn serve(&self, options: ServeOptions, handler: Arc<dyn Handler>) -> Result<Serving, BusError> {
        self.0.serve(options, handler).await
    }

    async fn broadcast(&self, subject: &str, message: Message) -> Result<(), BusError> {
        self.0.broadcast(subject, message).await
    }

    async fn listen(&self, subject: &str) -> Result<mpsc::Receiver<Message>, BusError> {
        self.0.listen(subject).await
    }

    async fn enqueue(&self, _: &str, _: &str, _: Message) -> Result<(), BusError> {
        Ok(())
    }

    async fn work(&self, queue: &str, concurrency: usize, worker: Arc<dyn Work>) -> Result<Serving, BusError> {
        self.0.work(queue, concurrency, worker).await
    }

    fn connected(&self) -> watch::Receiver<bool> {
        self.0.connected()
    }

    async fn drain(&self) -> Result<(), BusError> {
        self.0.drain().await
    }
}

/// A client that waits for one answer before it asks again.
struct Client {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Client {
    fn new(address: SocketAddr, path: &str, headers: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let request = format!("POST {path} HTTP/1.1\r\nhost: bench\r\n{headers}content-length: 2\r\n\r\n{{}}");
        Self { stream, request: request.into_bytes(), answer: vec![0; 16_384] }
    }

    /// Asks, and fails unless the answer is a whole 402.
    fn be_refused(&mut self) {
        self.stream.write_all(&self.request).unwrap();
        let mut read = 0;
        while !self.answer[..read].ends_with(br#""x402Version":1}"#) {
            let more = self.stream.read(&mut self.answer[read..]).unwrap();
            assert_ne!(more, 0, "the server hung up");
            read += more;
            assert!(self.answer.starts_with(b"HTTP/1.1 402"), "{}", String::from_utf8_lossy(&self.answer[..read]));
        }
    }

    /// Asks, and fails unless the answer is a 200.
    fn call(&mut self) {
        self.stream.write_all(&self.request).unwrap();
        let mut read = 0;
        while !self.answer[..read].ends_with(br#"{"pong":true}"#) {
            let more = self.stream.read(&mut self.answer[read..]).unwrap();
            assert_ne!(more, 0, "the server hung up");
            read += more;
            assert!(self.answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&self.answer[..read]));
        }
    }
}

fn terms() -> Arc<Terms> {
    Arc::new(Terms {
        network: Network::Base,
        asset: Asset::usdc(Network::Base),
        pay_to: Wallet::named("shop").address(),
        max_timeout_s: 3_600,
        valid_for_s_min: 6,
        valid_for_s_max: 7_200,
        contract_wallets: false,
    })
}

fn x402() -> X402 {
    let facilitator_url = Some("https://facilitator.example".to_owned());
    X402 { terms: terms(), facilitator_url, settle_timeout: Duration::from_secs(1) }
}

/// What a wallet shows for a ping. The bus takes it again and again.
fn payment(address: SocketAddr) -> String {
    let (url, description) = (format!("http://{address}/tools/ping"), String::new());
    let resource = Resource { url, description, mime_type: "application/json".to_owned() };
    let offer = Offer { terms: terms(), resource, amount: 100 };
    let (wallet, now) = (Wallet::named("buyer"), SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs());
    wallet.v2(&offer, &wallet.authorization(&offer, now, 1))
}

/// A server, and the key of an account that can pay.
fn shop(runtime: &Runtime) -> (SocketAddr, ApiKey) {
    runtime.block_on(async {
        let records = Records::open().await;
        let key = ApiKey::from_entropy(&[1; ENTROPY_LEN]);
        records.account(&key, None).await;
        let bus: SharedBus = Arc::new(AtOnce(LocalBus::new(&aipaygen_bus::Settings::default())));
        let deps = Deps {
            bus,
            reader: records.reader(),
            log_head: records.head(),
            catalog: Arc::new(Catalog::built_in().unwrap()),
            x402: Some(x402()),
            pepper: pepper(),
            metrics: Arc::new(String::new),
            grace: Duration::from_secs(1),
        };
        let unlimited = NonZeroU32::MAX;
        let settings = Settings {
            requests_per_minute_per_address: unlimited,
            requests_per_minute_per_key: unlimited,
            ..Settings::default()
        };
        let bound = bind(deps, settings).await.unwrap();
        let address = bound.address();
        tokio::spawn(async move {
            let _records = records;
            bound.run(CancellationToken::new()).await
        });
        (address, key)
    })
}

fn bare(runtime: &Runtime) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = || async { HttpResponse::Ok().body(r#"{"pong":true}"#) };
    let _runtime = runtime.enter();
    let app = move || App::new().route("/tools/ping", web::post().to(answer));
    runtime.spawn(HttpServer::new(app).listen(listener).unwrap().run());
    Client::new(address, "/tools/ping", "")
}

fn ingress(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("ingress");
    let mut bare = bare(&runtime);
    group.bench_function("bare_actix", |bencher| bencher.iter(|| bare.call()));
    // Only now: a connection that is idle before its first request is closed.
    let (address, key) = shop(&runtime);
    let mut paid = Client::new(address, "/tools/ping", &format!("x-api-key: {}\r\n", key.expose()));
    group.bench_function("paid_call", |bencher| bencher.iter(|| paid.call()));
    let mut wallet = Client::new(address, "/tools/ping", &format!("payment-signature: {}\r\n", payment(address)));
    group.bench_function("paid_call_by_wallet", |bencher| bencher.iter(|| wallet.call()));
    let mut stranger = Client::new(address, "/tools/ping", "");
    group.bench_function("demand", |bencher| bencher.iter(|| stranger.be_refused()));
    group.finish();
}

criterion_group!(benches, ingress);
criterion_main!(benches);
