//! How many events a second the projections apply, in batches as a projector meets them: one at a time when it keeps
//! up, many when it is behind; and how long after its append an event is seen by a reader.
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something is wrong")]

#[expect(dead_code, unused_macros, unused_imports, reason = "shared with the tests")]
#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use aipaygen_events::account::{AccountEvent, DepositSource, Pricing, RefundReason};
use aipaygen_projections::{Deps, Reader, Settings, Standing, run};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use support::Store;
use support::events::{Customer, after};
use support::log::Log;
use support::postgres::Fsync;

const BATCHES: [u64; 3] = [1, 50, 1_000];
const CUSTOMERS: u128 = 100;
/// What is refunded: one request in so many.
const REFUNDED: u128 = 50;

/// Paid calls of many customers, without an end.
struct Traffic {
    customers: Vec<Customer>,
    waiting: VecDeque<AccountEvent>,
    calls: u128,
    position: u64,
}

impl Traffic {
    fn new() -> Self {
        let mut customers: Vec<_> = (0..CUSTOMERS).map(Customer::new).collect();
        let mut waiting = VecDeque::new();
        for (n, customer) in customers.iter_mut().enumerate() {
            waiting.extend(customer.opens());
            waiting.extend(customer.pays_in(DepositSource::Grant, &n.to_string(), 1 << 50));
        }
        Self { customers, waiting, calls: 0, position: 0 }
    }

    fn next(&mut self) -> AccountEvent {
        if self.waiting.is_empty() {
            self.calls += 1;
            let n = usize::try_from(self.calls % CUSTOMERS).unwrap();
            let customer = &mut self.customers[n];
            self.waiting.extend(customer.is_charged(self.calls, 20_000, Pricing::Flat));
            self.waiting.extend(if self.calls.is_multiple_of(REFUNDED) {
                customer.is_refunded(self.calls, RefundReason::WorkerLost)
            } else {
                customer.is_answered(self.calls, None)
            });
        }
        self.waiting.pop_front().unwrap()
    }

    /// The time that so many batches take.
    async fn apply(&mut self, store: &Store, batches: u64, size: u64) -> Duration {
        let mut spent = Duration::ZERO;
        for _ in 0..batches {
            let events: Vec<_> = (0..size).map(|_| self.next()).collect();
            let entries = after(self.position, events);
            let start = Instant::now();
            store.apply(&entries).await.unwrap();
            spent += start.elapsed();
            self.position += size;
        }
        spent
    }
}

/// The time from so many appends' answers, one after the other, until a reader has seen each.
async fn seen(log: &mut Log, customer: &mut Customer, reader: &Reader, appends: u64, named: &mut u64) -> Duration {
    let mut spent = Duration::ZERO;
    for _ in 0..appends {
        *named += 1;
        let position = log.append(0, customer.pays_in(DepositSource::Grant, &named.to_string(), 1)).await;
        let start = Instant::now();
        assert!(reader.caught_up(position, Duration::from_secs(10)).await.unwrap());
        spent += start.elapsed();
    }
    spent
}

fn measure(criterion: &mut Criterion, name: &str, store: impl AsyncFn() -> Store) {
    let runtime = Runtime::new().unwrap();
    let (rows, followed) = runtime.block_on(async { (store().await, store().await) });
    let mut traffic = Traffic::new();
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    for size in BATCHES {
        group.throughput(Throughput::Elements(size));
        group.bench_function(BenchmarkId::new("apply in batches of", size), |bencher| {
            bencher.iter_custom(|batches| runtime.block_on(traffic.apply(&rows, batches, size)));
        });
    }
    group.throughput(Throughput::Elements(1));
    let (mut log, shutdown) = (runtime.block_on(Log::open(&followed)), CancellationToken::new());
    let projector = runtime.spawn(run(deps(&followed, &log), shutdown.clone()));
    let (reader, mut customer, mut named) = (Reader::new(followed.db.clone()), Customer::new(0), 0);
    runtime.block_on(log.append(0, customer.opens()));
    group.bench_function("append seen by a reader", |bencher| {
        bencher.iter_custom(|n| runtime.block_on(seen(&mut log, &mut customer, &reader, n, &mut named)));
    });
    group.finish();
    shutdown.cancel();
    runtime.block_on(projector).unwrap();
    runtime.block_on(log.journal.close());
}

fn deps(store: &Store, log: &Log) -> Deps {
    let settings = Settings { batch_events_max: 1_000, gather_ms: 1, retry_after_ms: 100, retry_after_max_ms: 5_000 };
    let (standing, _) = watch::channel(Standing::default());
    Deps { journal: log.journal.reader().clone(), db: store.db.clone(), settings, standing }
}

fn on_sqlite(criterion: &mut Criterion) {
    measure(criterion, "sqlite", async || Store::sqlite().await);
}

fn on_postgres(criterion: &mut Criterion) {
    measure(criterion, "postgres", async || Store::on_server(Fsync::On).await);
}

criterion_group!(benches, on_sqlite, on_postgres);
criterion_main!(benches);
