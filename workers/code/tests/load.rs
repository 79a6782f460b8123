//! A thousand runs at once, the hostile among them: every honest one succeeds.

use std::time::{Duration, Instant};

use aipaygen_code::{Limit, Outcome, Program, RunError, Sandbox, Settings};
use futures::future::join_all;
use futures::{StreamExt, stream};

use crate::support::{program, settings, within};

const RUNS: usize = 1_000;

/// One in ten loops, floods or fills the memory.
fn code(number: usize) -> String {
    match number % 40 {
        0 => "while True: pass".to_owned(),
        10 => "x = []\nwhile True: x.append('y' * 10**6)".to_owned(),
        20 => "while True: print('flood' * 100)".to_owned(),
        30 => "def f(): f()\nf()".to_owned(),
        _ => format!("print(sum(range({number})))"),
    }
}

fn is_as_expected(number: usize, outcome: &Outcome) -> bool {
    match number % 40 {
        0 => outcome.limit == Some(Limit::Deadline),
        10 => outcome.limit == Some(Limit::Memory),
        20 => outcome.limit == Some(Limit::Output),
        30 => outcome.failure.as_ref().is_some_and(|failure| failure.kind == "RecursionError"),
        _ => outcome.stdout == format!("{}\n", number * number.saturating_sub(1) / 2),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_at_once_and_every_honest_one_succeeds() {
    let sandbox = Sandbox::try_new(settings()).unwrap();
    let started = Instant::now();
    let runs = (0..RUNS).map(|number| {
        let sandbox = sandbox.clone();
        async move {
            // Only the loops are meant to meet their deadline, however busy the machine.
            let timeout_ms = if number % 40 == 0 { 300 } else { 30_000 };
            let outcome = sandbox.run(within(timeout_ms, &code(number))).await.unwrap();
            (number, outcome, started.elapsed())
        }
    });
    let mut honest = Vec::new();
    for (number, outcome, waited) in join_all(runs).await {
        assert!(is_as_expected(number, &outcome), "{number}: {:?} {:?}", outcome.limit, outcome.failure);
        if number % 10 != 0 {
            honest.push(waited);
        }
    }
    honest.sort();
    report(&honest, started.elapsed());
    assert!(honest[honest.len() - 1] < Duration::from_secs(60), "{honest:?}");
}

#[expect(clippy::print_stdout, reason = "a figure to read beside the verdict")]
fn report(honest: &[Duration], all: Duration) {
    let (half, last) = (honest[honest.len() / 2], honest[honest.len() - 1]);
    println!("{RUNS} runs in {all:?}; honest ones waited {half:?} in the middle, {last:?} at most");
}

/// Runs for a while, as soon as it is let in.
async fn occupy(sandbox: Sandbox) -> Outcome {
    loop {
        match sandbox.run(within(1_000, "while True: pass")).await {
            Ok(outcome) => return outcome,
            Err(RunError::Busy) => tokio::time::sleep(Duration::from_millis(5)).await,
            Err(RunError::Failed) => panic!("the sandbox failed"),
        }
    }
}

#[tokio::test]
async fn more_than_may_wait_are_told_so_at_once() {
    let small = Settings { runs_in_parallel: 1, runs_resting_max: 0, runs_waiting_max: 2, ..settings() };
    let sandbox = Sandbox::try_new(small).unwrap();
    let slow: Vec<_> = (0..3).map(|_| tokio::spawn(occupy(sandbox.clone()))).collect();
    // One runs and two wait, as soon as the lane has taken the first; until then one more may wait.
    let refused = tokio::time::timeout(Duration::from_millis(900), async {
        loop {
            let started = Instant::now();
            let run = sandbox.run(program("1"));
            if let Ok(Err(error)) = tokio::time::timeout(Duration::from_millis(20), run).await {
                break (error, started.elapsed());
            }
        }
    });
    let (error, waited) = refused.await.expect("somebody is refused while the lane is taken");
    assert_eq!(error, RunError::Busy);
    assert!(waited < Duration::from_millis(20), "{waited:?}");
    for run in slow {
        assert_eq!(run.await.unwrap().limit, Some(Limit::Deadline));
    }
}

/// Twice as many loops as cores, for as long as a caller may ask for; then short runs, one after another.
#[tokio::test(flavor = "multi_thread")]
async fn long_loops_do_not_hold_up_short_runs() {
    let sandbox = Sandbox::try_new(settings()).unwrap();
    let loops = 2 * sandbox.settings().parallelism();
    let loops: Vec<_> = (0..loops).map(|_| start(&sandbox, within(30_000, "while True: pass"))).collect();
    let mut waits = Vec::new();
    for _ in 0..20 {
        let asked = Instant::now();
        assert_eq!(sandbox.run(program("print(1 + 1)")).await.unwrap().stdout, "2\n");
        waits.push(asked.elapsed());
    }
    assert!(loops.iter().all(|run| !run.is_finished()), "the loops are still there");
    waits.sort();
    assert!(waits[10] < Duration::from_millis(500), "{waits:?}");
    assert!(waits[19] < Duration::from_secs(3), "{waits:?}");
    loops.iter().for_each(tokio::task::JoinHandle::abort);
}

/// What rests is not charged for it, and has its share while new ones keep coming.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_among_many_short_ones_has_its_own_time_and_comes_to_its_end() {
    let sandbox = Sandbox::try_new(Settings { runs_in_parallel: 1, ..settings() }).unwrap();
    let long = start(&sandbox, within(400, "while True: pass"));
    let short = |_| async { sandbox.run(program("sum(range(20000))")).await.unwrap() };
    let mut short = stream::iter(0..).map(short).buffer_unordered(4).take_until(long);
    while short.next().await.is_some() {}
    let outcome = short.take_result().expect("the long one has ended").unwrap();
    assert_eq!(outcome.limit, Some(Limit::Deadline));
    assert!((400..1_500).contains(&outcome.duration.as_millis()), "{:?}", outcome.duration);
}

/// Whoever asked has gone: their loop gives its core back.
#[tokio::test]
async fn a_run_that_nobody_waits_for_ends() {
    let sandbox = Sandbox::try_new(Settings { runs_in_parallel: 1, runs_resting_max: 0, ..settings() }).unwrap();
    let abandoned = start(&sandbox, within(30_000, "while True: pass"));
    // One poll of it, and the lane has it.
    tokio::task::yield_now().await;
    abandoned.abort();
    let next = tokio::time::timeout(Duration::from_secs(10), sandbox.run(program("print(1)")));
    assert_eq!(next.await.expect("the core is free").unwrap().stdout, "1\n");
}

fn start(sandbox: &Sandbox, program: Program) -> tokio::task::JoinHandle<Outcome> {
    let sandbox = sandbox.clone();
    tokio::spawn(async move { sandbox.run(program).await.unwrap() })
}
