//! What was measured, as a table for people and as JSON for whoever compares runs.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cpu::GENERATOR;
use crate::limits::{COMMIT, HTTP, SPINE};
use crate::load::{Measured, micros};
use crate::shop::Call;
use crate::support::backend::Backend;

/// One measurement.
pub(crate) struct Row {
    pub(crate) backend: Backend,
    pub(crate) what: &'static str,
    pub(crate) connections: usize,
    pub(crate) measured: Measured,
}

/// All measurements of a run.
#[derive(Default)]
pub(crate) struct Report(Vec<Row>);

impl Report {
    /// Adds a measurement, and says that it is made.
    pub(crate) fn add(&mut self, row: Row) {
        eprintln!("{}", row.line());
        self.0.push(row);
    }

    /// The tables.
    pub(crate) fn print(&self) {
        println!(
            "\n{:<11} {:<26} {:>5} {:>9} {:>9} {:>9} {:>9} {:>9}  errors",
            "backend", "what", "conns", "per s", "p50 ms", "p90 ms", "p99 ms", "max ms"
        );
        self.0.iter().for_each(|row| println!("{}", row.line()));
        println!("\nThe paid ping beside the limits of the same run (p50, in milliseconds)");
        self.paid_pings().for_each(|row| println!("{}", self.compared(row)));
        println!("\nProcessor time a paid call, in microseconds, by process");
        self.0.iter().filter(|row| row.is_paid()).for_each(|row| println!("{}", row.cpu_line()));
    }

    /// The same as JSON.
    pub(crate) fn write(&self, file: &Path) {
        let rows: Vec<Value> = self.0.iter().map(Row::json).collect();
        let cores = std::thread::available_parallelism().unwrap().get();
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, format!("{:#}\n", json!({"cores": cores, "rows": rows}))).unwrap();
        println!("\nwritten to {}", file.display());
    }

    fn paid_pings(&self) -> impl Iterator<Item = &Row> {
        self.0.iter().filter(|row| row.what == Call::Ping.name())
    }

    fn compared(&self, paid: &Row) -> String {
        let head = format!("{:<11} {:>5} connections", paid.name(), paid.connections);
        let differences = [(COMMIT, "above"), (HTTP, "above"), (SPINE, "above")].map(|(limit, above)| {
            let Some(limit_p50) = self.p50_us(paid, limit) else { return String::new() };
            let p50 = paid.p50_us();
            let sign = if p50 < limit_p50 { "-" } else { "" };
            let ratio = p50 * 100 / limit_p50.max(1);
            let difference = ms(p50.abs_diff(limit_p50));
            format!(" | {sign}{difference} {above} {limit} ({}.{:02}x)", ratio / 100, ratio % 100)
        });
        head + &differences.concat()
    }

    /// The median of another measurement of the same backend and concurrency.
    fn p50_us(&self, beside: &Row, what: &str) -> Option<u64> {
        let same = |row: &&Row| row.backend == beside.backend && row.connections == beside.connections;
        self.0.iter().filter(same).find(|row| row.what == what).map(Row::p50_us)
    }
}

impl Row {
    const fn name(&self) -> &'static str {
        match self.backend {
            Backend::Embedded => "embedded",
            Backend::Distributed => "distributed",
        }
    }

    fn is_paid(&self) -> bool {
        Call::ALL.iter().any(|call| call.name() == self.what)
    }

    fn p50_us(&self) -> u64 {
        self.measured.percentile_us(50.0)
    }

    fn line(&self) -> String {
        let measured = &self.measured;
        let [p50, p90, p99] = [50.0, 90.0, 99.0].map(|percentile| ms(measured.percentile_us(percentile)));
        let errors: Vec<_> = measured.errors.iter().map(|(what, count)| format!("{what}: {count}")).collect();
        let errors = if errors.is_empty() { "none".to_owned() } else { errors.join(", ") };
        format!(
            "{:<11} {:<26} {:>5} {:>9} {p50:>9} {p90:>9} {p99:>9} {:>9}  {errors}",
            self.name(),
            self.what,
            self.connections,
            measured.per_second(),
            ms(measured.latency_us.max()),
        )
    }

    fn cpu_line(&self) -> String {
        let calls = self.measured.calls().max(1);
        let used = self.measured.cpu_us.iter().map(|(name, us)| format!("{name} {}", us / calls));
        let used: Vec<_> = used.collect();
        let generator = self.measured.cpu_us.iter().find(|(name, _)| name == GENERATOR).map_or(0, |(_, us)| *us);
        let share = generator * 100 / micros(self.measured.elapsed).max(1);
        format!(
            "{:<11} {:<26} {:>5} | {} | generator busy {share} % of a core",
            self.name(),
            self.what,
            self.connections,
            used.join(", "),
        )
    }

    fn json(&self) -> Value {
        let measured = &self.measured;
        json!({
            "backend": self.name(),
            "what": self.what,
            "connections": self.connections,
            "calls": measured.calls(),
            "elapsed_us": micros(measured.elapsed),
            "per_second": measured.per_second(),
            "p50_us": measured.percentile_us(50.0),
            "p90_us": measured.percentile_us(90.0),
            "p99_us": measured.percentile_us(99.0),
            "max_us": measured.latency_us.max(),
            "errors": measured.errors,
            "cpu_us": measured.cpu_us.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        })
    }
}

/// Microseconds as milliseconds with two decimals.
fn ms(us: u64) -> String {
    format!("{}.{:02}", us / 1_000, us % 1_000 / 10)
}
