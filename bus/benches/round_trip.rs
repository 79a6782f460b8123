//! What the bus itself costs: a round trip alone and with 64 in flight, over both backends, and a message put on a
//! JetStream queue. A NATS server of its own is started; `NATS_SERVER_BIN` names another binary than `make` installs.
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something is wrong")]

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_bus::local::LocalBus;
use aipaygen_bus::nats::NatsBus;
use aipaygen_bus::{Handler, Message, Request, ServeOptions, Settings, SharedBus};
use async_trait::async_trait;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures::StreamExt;
use futures::future::join_all;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// As large as a typical call of a tool.
const PAYLOAD_BYTES: usize = 512;
const IN_FLIGHT: u64 = 64;

struct Echo;

#[async_trait]
impl Handler for Echo {
    async fn handle(&self, request: Request) -> Message {
        request.message
    }
}

struct NatsServer {
    url: String,
    process: Child,
    _store: TempDir,
}

impl NatsServer {
    fn start() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let binary = std::env::var_os("NATS_SERVER_BIN").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("target/venv/bin/nats-server"),
            Into::into,
        );
        let store = tempfile::tempdir().unwrap();
        let mut command = Command::new(binary);
        command.args(["-a", "127.0.0.1", "-js", "-p", &port.to_string(), "-sd"]).arg(store.path());
        let process = command.stderr(Stdio::null()).spawn().unwrap();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { url: format!("nats://127.0.0.1:{port}"), process, _store: store }
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn message() -> Message {
    Message::new(vec![b'x'; PAYLOAD_BYTES]).with("Tool", "code_run").with("Request-Id", "req_0123456789abcdef")
}

async fn ask(bus: &SharedBus) {
    bus.request("echo", message(), Instant::now() + Duration::from_secs(10)).await.unwrap();
}

fn round_trips(criterion: &mut Criterion, runtime: &Runtime, name: &str, client: &SharedBus, server: &SharedBus) {
    let options = ServeOptions { subject: "echo".to_owned(), concurrency: 1_024 };
    let serving = runtime.block_on(server.serve(options, Arc::new(Echo))).unwrap();
    let mut group = criterion.benchmark_group(format!("round_trip/{name}"));
    group.throughput(Throughput::Elements(1));
    group.bench_function("1", |bencher| bencher.to_async(runtime).iter(|| ask(client)));
    group.throughput(Throughput::Elements(IN_FLIGHT));
    group.bench_function("64", |bencher| {
        bencher.to_async(runtime).iter(|| join_all((0..IN_FLIGHT).map(|_| ask(client))));
    });
    group.finish();
    runtime.block_on(serving.drain());
}

/// The limit: async-nats alone, which knows neither deadlines, nor busy workers, nor dead ones.
fn bare_round_trips(criterion: &mut Criterion, runtime: &Runtime, url: &str) {
    let (client, server) =
        runtime.block_on(async { (async_nats::connect(url).await, async_nats::connect(url).await) });
    let (client, server) = (client.unwrap(), server.unwrap());
    let mut requests = runtime.block_on(server.queue_subscribe("bare", "bare".to_owned())).unwrap();
    runtime.spawn(async move {
        while let Some(request) = requests.next().await {
            server.publish(request.reply.unwrap(), request.payload).await.unwrap();
        }
    });
    let ask = async || client.request("bare", vec![b'x'; PAYLOAD_BYTES].into()).await.unwrap();
    let mut group = criterion.benchmark_group("round_trip/async-nats");
    group.throughput(Throughput::Elements(1));
    group.bench_function("1", |bencher| bencher.to_async(runtime).iter(&ask));
    group.throughput(Throughput::Elements(IN_FLIGHT));
    group.bench_function("64", |bencher| bencher.to_async(runtime).iter(|| join_all((0..IN_FLIGHT).map(|_| ask()))));
    group.finish();
}

fn enqueue(criterion: &mut Criterion, runtime: &Runtime, bus: &SharedBus) {
    let (mut group, mut id) = (criterion.benchmark_group("enqueue/nats"), 0_u64);
    let mut put = |many: u64| {
        let ids = id..id + many;
        id += many;
        let bus = bus.clone();
        async move {
            join_all(ids.map(|id| {
                let bus = bus.clone();
                async move { bus.enqueue("bench", &id.to_string(), message()).await.unwrap() }
            }))
            .await
        }
    };
    group.throughput(Throughput::Elements(1));
    group.bench_function("1", |bencher| bencher.to_async(runtime).iter(|| put(1)));
    group.throughput(Throughput::Elements(IN_FLIGHT));
    group.bench_function("64", |bencher| bencher.to_async(runtime).iter(|| put(IN_FLIGHT)));
    group.finish();
}

fn bus(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let local: SharedBus = LocalBus::new(&Settings::default());
    round_trips(criterion, &runtime, "local", &local, &local);

    let nats = NatsServer::start();
    let settings = Settings { url: nats.url.clone().into(), ..Settings::default() };
    let connect = || -> SharedBus { runtime.block_on(NatsBus::connect(&settings)).unwrap() };
    let (client, server) = (connect(), connect());
    bare_round_trips(criterion, &runtime, &nats.url);
    round_trips(criterion, &runtime, "nats", &client, &server);
    enqueue(criterion, &runtime, &client);
}

criterion_group!(benches, bus);
criterion_main!(benches);
