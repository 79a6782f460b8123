//! What one run costs: the policy, a warm run, a start, and Python's own speed.
#![expect(clippy::unwrap_used, reason = "a benchmark is no interface")]

#[path = "support/mod.rs"]
mod support;

use std::hint::black_box;

use aipaygen_code::{Sandbox, check_source};
use criterion::{Criterion, criterion_group, criterion_main};
use support::{PROGRAMS, program, runtime, settings};

/// A program of two hundred lines, such as an agent sends.
fn two_hundred_lines() -> String {
    let part = "class Item:\n    def __init__(self, name, price):\n        self.name = name\n        self.price = price\n\n    \
                def total(self, count=1):\n        return round(self.price * count * 1.2, 2)\n\n\
                items = [Item(f'item {n}', n * 1.5) for n in range(10)]\nprint(sum(item.total(2) for item in items))\n";
    part.repeat(20)
}

fn policy(criterion: &mut Criterion) {
    let source = two_hundred_lines();
    assert_eq!(check_source(&source), []);
    criterion.bench_function("policy/200_lines", |bench| bench.iter(|| check_source(black_box(&source))));
    criterion.bench_function("policy/one_line", |bench| bench.iter(|| check_source(black_box("print(1+1)"))));
}

fn runs(criterion: &mut Criterion) {
    let runtime = runtime();
    let sandbox = Sandbox::try_new(settings()).unwrap();
    for (name, code) in PROGRAMS {
        let run = || async { sandbox.run(program(code)).await.unwrap() };
        let first = runtime.block_on(run());
        assert_eq!((first.failure, first.limit), (None, None), "{name}");
        criterion.bench_function(&format!("run/{name}"), |bench| bench.to_async(&runtime).iter(run));
    }
}

fn start(criterion: &mut Criterion) {
    let runtime = runtime();
    criterion.bench_function("start/sandbox", |bench| bench.iter(|| Sandbox::try_new(settings()).unwrap()));
    criterion.bench_function("start/to_the_first_answer", |bench| {
        bench
            .to_async(&runtime)
            .iter(|| async { Sandbox::try_new(settings()).unwrap().run(program("1")).await.unwrap() });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = policy, runs, start
}
criterion_main!(benches);
