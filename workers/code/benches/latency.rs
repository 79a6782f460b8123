//! How long callers wait at 1, 8 and 64 in flight, how many runs a second there are, how much memory a live
//! instance takes, and how far Python is from the machine's own. Prints a table.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints its figures")]

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use aipaygen_code::Sandbox;
use futures::StreamExt;
use futures::stream;
use support::{PROGRAMS, program, runtime, settings};

const RUNS: usize = 2_000;
const REPEATS: usize = 15;

fn main() {
    let runtime = runtime();
    let started = Instant::now();
    let sandbox = Sandbox::try_new(settings()).unwrap();
    println!("start of the sandbox        {:?}", started.elapsed());
    let started = Instant::now();
    runtime.block_on(sandbox.run(program("print(1+1)"))).unwrap();
    println!("first run                   {:?}", started.elapsed());
    runtime.block_on(latencies(&sandbox));
    memory(&runtime, &sandbox);
    let sandbox = &sandbox;
    let python = interpreter();
    for (name, code) in PROGRAMS.iter().skip(1) {
        let ours = median((0..REPEATS).map(|_| runtime.block_on(sandbox.run(program(code))).unwrap().duration));
        let native = native(&python, code);
        println!(
            "{name:<8} {ours:>12.2?}  native {native:>12.2?}  {} %",
            ours.as_micros() * 100 / native.as_micros().max(1)
        );
    }
}

async fn latencies(sandbox: &Sandbox) {
    for in_flight in [1, 8, 64] {
        let (started, before) = (Instant::now(), Spent::now());
        let waits = stream::iter(0..RUNS).map(|_| async {
            let asked = Instant::now();
            sandbox.run(program("print(1+1)")).await.unwrap();
            asked.elapsed()
        });
        let mut waits: Vec<_> = waits.buffer_unordered(in_flight).collect().await;
        let took = started.elapsed();
        waits.sort();
        let (half, most) = (waits[RUNS / 2], waits[RUNS * 99 / 100]);
        let a_second = RUNS * 1_000_000 / usize::try_from(took.as_micros()).unwrap();
        println!("{in_flight:>3} in flight  p50 {half:>10.2?}  p99 {most:>10.2?}  {a_second} runs a second");
        before.print_since();
    }
}

/// What this process has taken of the machine; says more than the clock where others are busy too.
struct Spent {
    page_faults: usize,
    user_us: usize,
    kernel_us: usize,
}

impl Spent {
    fn now() -> Self {
        const TICK_US: usize = 10_000;
        let stat = fs::read_to_string("/proc/self/stat").unwrap();
        let fields: Vec<_> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let field = |number: usize| fields[number - 3].parse::<usize>().unwrap();
        Self { page_faults: field(10), user_us: field(14) * TICK_US, kernel_us: field(15) * TICK_US }
    }

    fn print_since(&self) {
        let now = Self::now();
        let (user, kernel) = (now.user_us - self.user_us, now.kernel_us - self.kernel_us);
        let faults = (now.page_faults - self.page_faults) / RUNS;
        println!(
            "    a run takes {} us of user time, {} us of the kernel's, {faults} page faults",
            user / RUNS,
            kernel / RUNS
        );
    }
}

/// What as many live instances as there are lanes add to the process.
fn memory(runtime: &tokio::runtime::Runtime, sandbox: &Sandbox) {
    let lanes = sandbox.settings().parallelism();
    let before = resident_kib();
    let looping = (0..lanes).map(|_| {
        let (sandbox, mut program) = (sandbox.clone(), program("x = list(range(1000))\nwhile True: pass"));
        program.timeout = Some(Duration::from_millis(500));
        runtime.spawn(async move { sandbox.run(program).await })
    });
    let looping: Vec<_> = looping.collect();
    std::thread::sleep(Duration::from_millis(250));
    println!("resident {} KiB, {lanes} live instances add {} KiB", before, resident_kib().saturating_sub(before));
    for run in looping {
        runtime.block_on(run).unwrap().unwrap();
    }
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn interpreter() -> String {
    let output = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The program's own time in the machine's Python, without the start of the interpreter.
fn native(python: &str, code: &str) -> Duration {
    let frame = format!(
        "import contextlib, io, time\ncode = compile({}, 'main.py', 'exec')\nfor _ in range({REPEATS}):\n    \
         start = time.perf_counter_ns()\n    with contextlib.redirect_stdout(io.StringIO()): exec(code, {{}})\n    \
         print(time.perf_counter_ns() - start)",
        serde_json::to_string(code).unwrap()
    );
    let output = Command::new(python).args(["-I", "-c", &frame]).output().unwrap();
    let times = String::from_utf8(output.stdout).unwrap();
    median(times.lines().map(|line| Duration::from_nanos(line.parse().unwrap())))
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.collect();
    times.sort();
    times[times.len() / 2]
}
