//! How many paid calls a second one worker settles (a charge and its end, each awaited) at 1, 16 and 64 in flight, on
//! both stores and with every commit on the disk: all from one account, and from an account for each.
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something is wrong")]

#[expect(dead_code, unused_imports, unused_macros, reason = "shared with the tests")]
#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_bus::commands::{Authorization, Ended};
use aipaygen_events::MicroUsd;
use aipaygen_payments::Payments;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures::future::join_all;
use tokio::runtime::Runtime;

use support::{Fsync, House, Payer, completed, soon};

const IN_FLIGHT: [usize; 3] = [1, 16, 64];

fn on_sqlite(criterion: &mut Criterion) {
    measure(criterion, "sqlite", async || House::on_sqlite().await);
}

fn on_postgres(criterion: &mut Criterion) {
    measure(criterion, "postgres", async || House::on_postgres(Fsync::On).await);
}

fn measure(criterion: &mut Criterion, store: &str, house: impl AsyncFn() -> House) {
    let runtime = Runtime::new().unwrap();
    let house = runtime.block_on(house());
    let (payments, payers) = (house.payments(), runtime.block_on(payers(&house)));
    let mut group = criterion.benchmark_group(store);
    group.sample_size(10).throughput(Throughput::Elements(1));
    for in_flight in IN_FLIGHT {
        for (accounts, payers) in [("one account", &payers[..1]), ("many accounts", &payers[..])] {
            group.bench_function(BenchmarkId::new(accounts, in_flight), |bencher| {
                bencher.iter_custom(|calls| runtime.block_on(settle(&payments, payers, in_flight, calls)));
            });
        }
    }
    group.finish();
    runtime.block_on(house.journal.close());
}

async fn payers(house: &House) -> Vec<Payer> {
    let most = IN_FLIGHT.into_iter().max().unwrap();
    join_all((0..most).map(|_| house.payer(MicroUsd::dollars(1_000_000)))).await
}

/// The time that so many paid calls take, when so many are under way at once.
async fn settle(payments: &Arc<Payments>, payers: &[Payer], in_flight: usize, calls: u64) -> Duration {
    let lanes = u64::try_from(in_flight).unwrap();
    let each = calls.div_ceil(lanes);
    let lane = |payer: &Payer| tokio::spawn(pay(Arc::clone(payments), *payer, each));
    let began = Instant::now();
    for paid in join_all(payers.iter().cycle().take(in_flight).map(lane)).await {
        paid.unwrap();
    }
    share(began.elapsed(), calls, each * lanes)
}

async fn pay(payments: Arc<Payments>, payer: Payer, calls: u64) {
    for _ in 0..calls {
        let command = payer.request();
        let authorization = payments.authorize(&command, soon()).await;
        assert!(matches!(authorization, Authorization::Charged { .. }), "{authorization:?}");
        let ended = payments.end(&completed(&command, None), soon()).await;
        assert!(matches!(ended, Ended::Completed { .. }), "{ended:?}");
    }
}

/// What was asked for takes its share of the time that what was done has taken.
fn share(took: Duration, asked: u64, done: u64) -> Duration {
    let nanos = took.as_nanos() * u128::from(asked) / u128::from(done);
    Duration::from_nanos(u64::try_from(nanos).unwrap())
}

criterion_group!(benches, on_sqlite, on_postgres);
criterion_main!(benches);
