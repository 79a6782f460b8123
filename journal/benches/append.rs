//! How many appends a second the log takes from 1, 16 and 256 writers, each waiting for its answer before its next
//! append, on both stores and with every commit on the disk. Beside it the limit: the same rows in the same groups,
//! committed by the same driver without a log around them.
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something is wrong")]

#[path = "append/bare.rs"]
mod bare;
#[expect(dead_code, reason = "shared with the tests")]
#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aipaygen_events::{EventId, NewEvent};
use aipaygen_journal::{Expected, Journal};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures::future::join_all;
use tokio::runtime::Runtime;

use bare::Bare;
use support::{Fsync, Stage, after, one};

const WRITERS: [u64; 3] = [1, 16, 256];

/// As large as a typical event.
const DATA: [u8; 330] = [b'x'; 330];

fn on_sqlite(criterion: &mut Criterion) {
    measure(criterion, "sqlite", async || Stage::sqlite().await);
}

fn on_postgres(criterion: &mut Criterion) {
    measure(criterion, "postgres", async || Stage::postgres_unmigrated(Fsync::On).await.migrated().await);
}

fn measure(criterion: &mut Criterion, store: &str, stage: impl AsyncFn() -> Stage) {
    let runtime = Runtime::new().unwrap();
    let stage = runtime.block_on(stage());
    let journal = runtime.block_on(stage.journal());
    let mut bare = runtime.block_on(Bare::open(&stage));
    let mut group = criterion.benchmark_group(store);
    group.sample_size(10).throughput(Throughput::Elements(1));
    for writers in WRITERS {
        group.bench_function(BenchmarkId::new("append", writers), |bencher| {
            bencher.iter_custom(|appends| runtime.block_on(append(&journal, writers, appends)));
        });
        group.bench_function(BenchmarkId::new("bare group commit", writers), |bencher| {
            bencher.iter_custom(|rows| runtime.block_on(bare.commit(writers, rows)));
        });
    }
    group.finish();
    runtime.block_on(journal.close());
}

/// The time that so many appends take, when so many writers share them.
async fn append(journal: &Journal, writers: u64, appends: u64) -> Duration {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let (run, each) = (RUNS.fetch_add(1, Ordering::Relaxed), appends.div_ceil(writers));
    let writing = (0..writers).map(|writer| tokio::spawn(write(journal.clone(), format!("{run}-{writer}"), each)));
    let began = Instant::now();
    for written in join_all(writing).await {
        written.unwrap();
    }
    share(began.elapsed(), appends, each * writers)
}

async fn write(journal: Journal, writer: String, appends: u64) {
    let mut expected = Expected::Empty;
    for version in 1..=appends {
        let name = format!("{writer}-{version}");
        let event = NewEvent { id: EventId::named(&name), kind: "test.happened", schema: 1, data: DATA.to_vec() };
        black_box(journal.append(one(&writer, expected, event)).await.unwrap());
        expected = after(version, &name);
    }
}

/// What was asked for takes its share of the time that what was done has taken.
fn share(took: Duration, asked: u64, done: u64) -> Duration {
    let nanos = took.as_nanos() * u128::from(asked) / u128::from(done);
    Duration::from_nanos(u64::try_from(nanos).unwrap())
}

criterion_group!(benches, on_sqlite, on_postgres);
criterion_main!(benches);
