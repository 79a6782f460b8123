//! What a whole paid call costs, over HTTP to real processes, beside what the same machine can do at best in the
//! same minutes: answer over HTTP, commit in groups, ask over the bus.
//!
//! `cargo bench --bench paid_call`; `-- --quick` for a smoke run, `-- embedded` or `-- distributed` for one backend.
//! It prints a table and writes `target/bench/paid_call.json`. Exits with a panic if a call fails or the books do not
//! balance.
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something is wrong")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the table is what it is run for")]

mod bare;
mod cpu;
mod limits;
mod load;
mod plan;
mod report;
mod shop;
mod spine;
#[expect(dead_code, reason = "the acceptance tests need the rest")]
#[path = "../../tests/support/mod.rs"]
mod support;
mod wire;

use std::path::Path;

use limits::Limits;
use plan::Plan;
use report::{Report, Row};
use shop::{Call, Shop};
use support::backend::Backend;

// The allocator of the product, so that what this process measures by itself is measured alike.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, answer] = arguments.as_slice()
        && command == bare::COMMAND
    {
        return bare::serve(Path::new(answer));
    }
    let plan = Plan::of(&arguments);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut report = Report::default();
    for backend in plan.backends() {
        runtime.block_on(measure(&plan, backend, &mut report));
    }
    report.print();
    report.write(&support::repository().join("target/bench/paid_call.json"));
}

/// One backend: at each number of connections the limits first, then the paid calls.
async fn measure(plan: &Plan, backend: Backend, report: &mut Report) {
    let shop = Shop::open(backend, plan.callers()).await;
    let limits = Limits::prepare(&shop).await;
    for &connections in plan.connections {
        for (what, measured) in limits.measure(connections, plan.bounds).await {
            report.add(Row { backend, what, connections, measured });
        }
        for call in Call::ALL {
            let measured = shop.load(call, connections, plan.bounds).await;
            report.add(Row { backend, what: call.name(), connections, measured });
            shop.balances().await;
        }
    }
    limits.end().await;
}
