//! Everything that ends a run, by its name.

use std::time::{Duration, Instant};

use aipaygen_code::{Limit, Sandbox, Settings};

use crate::support::{program, run, sandbox, settings, within};

#[tokio::test]
async fn an_endless_loop_ends_at_its_deadline() {
    let sandbox = sandbox();
    let started = Instant::now();
    let outcome = sandbox.run(within(300, "print('before', flush=True)\nwhile True: pass")).await.unwrap();
    assert_eq!(outcome.limit, Some(Limit::Deadline));
    assert_eq!(outcome.stdout, "before\n", "what was printed before is kept");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(outcome.duration >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_loop_inside_c_ends_at_its_deadline() {
    for code in ["sum(range(10**12))", "'a' in ('b' * 10**6 for _ in iter(int, 1))", "10**10**8"] {
        assert_eq!(sandbox().run(within(300, code)).await.unwrap().limit, Some(Limit::Deadline), "{code}");
    }
}

#[tokio::test]
async fn sleeping_takes_no_time_and_no_deadline() {
    let outcome = sandbox().run(within(2000, "import time\ntime.sleep(10**6)\nprint('awake')")).await.unwrap();
    assert_eq!((outcome.limit, outcome.stdout.as_str()), (None, "awake\n"));
    assert!(outcome.duration < Duration::from_secs(1));
}

#[tokio::test]
async fn the_longest_run_is_the_operators_to_decide() {
    let short = Settings { timeout_ms_max: 200, ..settings() };
    let outcome = Sandbox::try_new(short).unwrap().run(within(60_000, "while True: pass")).await.unwrap();
    assert_eq!(outcome.limit, Some(Limit::Deadline));
    assert!(outcome.duration < Duration::from_secs(3));
}

#[tokio::test]
async fn a_memory_bomb_ends_as_memory() {
    for code in ["x = 'x' * 10**9", "x = []\nwhile True: x.append('y' * 10**6)", "x = [0] * 10**8", "1 << 10**10"] {
        assert_eq!(run(code).await.limit, Some(Limit::Memory), "{code}");
    }
}

#[tokio::test]
async fn a_program_may_survive_a_memory_error() {
    let outcome = run("try: 'x' * 10**9\nexcept MemoryError: print('survived')").await;
    assert_eq!((outcome.limit, outcome.failure, outcome.stdout.as_str()), (None, None, "survived\n"));
}

#[tokio::test]
async fn a_flood_ends_as_output_and_keeps_what_fits() {
    let outcome = run("while True: print('x' * 999)").await;
    assert_eq!(outcome.limit, Some(Limit::Output));
    assert_eq!(outcome.stdout.len(), settings().output_bytes_max);
    let outcome = run("import sys\nwhile True: sys.stderr.write('é' * 999)").await;
    assert_eq!((outcome.limit, outcome.stdout.as_str()), (Some(Limit::Output), ""));
    assert!(outcome.stderr.chars().all(|c| c == 'é'), "no character is cut in two");
}

#[tokio::test]
async fn handing_back_too_much_is_told_to_the_program_and_ends_it_if_it_goes_around() {
    let failure = run("import files\nfiles.write('a', b'x' * 40_000)\nfiles.write('b', b'x' * 40_000)").await.failure;
    assert_eq!(failure.unwrap().kind, "OSError");
    let outcome = run("import files\nfiles._written['a'] = b'x' * 10**6").await;
    assert_eq!(outcome.limit, Some(Limit::Output));
    let outcome = run("import files\nfor n in range(64): files._written[str(n)] = b'x' * 10**6").await;
    assert!(matches!(outcome.limit, Some(Limit::Output | Limit::Memory)), "{:?}", outcome.limit);
}

#[tokio::test]
async fn a_long_value_is_cut() {
    let outcome = run("'x' * 10**6").await;
    assert_eq!(outcome.limit, None);
    assert_eq!(outcome.value.unwrap().len(), settings().output_bytes_max / 4);
    assert!(outcome.value_json.is_none());
}

#[tokio::test]
async fn recursion_is_pythons_own_error_and_beyond_it_the_stack() {
    let failure = run("def f(): f()\nf()").await.failure.unwrap();
    assert_eq!((failure.kind.as_str(), failure.line), ("RecursionError", Some(1)));
    let outcome = run("import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()").await;
    assert!(matches!(outcome.limit, Some(Limit::Stack | Limit::Memory)), "{:?}", outcome.limit);
}

#[tokio::test]
async fn what_is_not_linked_ends_the_run_by_name() {
    let outcome = run("import socket\nsocket.socket()").await;
    let Some(Limit::ForbiddenImport(name)) = outcome.limit else { panic!("{:?}", outcome.limit) };
    assert!(name.starts_with("wasi:sockets/"), "{name}");
}

#[tokio::test]
async fn exiting_is_no_failure_but_for_a_code() {
    assert_eq!(run("import sys\nprint('a')\nsys.exit()").await.failure, None);
    assert_eq!(run("exit(0)").await.failure, None);
    let failure = run("raise SystemExit(3)").await.failure.unwrap();
    assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("SystemExit", "3"));
    let outcome = run("import sys\nsys.exit('no input')").await;
    assert_eq!((outcome.failure.unwrap().message.as_str(), outcome.stderr.as_str()), ("no input", "no input\n"));
}

#[tokio::test]
async fn an_exception_is_told_with_type_message_and_the_programs_own_line() {
    let failure = run("import json\n\njson.loads('{')").await.failure.unwrap();
    assert_eq!(failure.kind, "json.decoder.JSONDecodeError");
    assert_eq!(failure.line, Some(3));
    let outcome = run("class Oops(Exception): pass\ndef f():\n    raise Oops('why')\nf()").await;
    let failure = outcome.failure.unwrap();
    assert_eq!((failure.kind.as_str(), failure.message.as_str(), failure.line), ("Oops", "why", Some(3)));
    assert!(outcome.stderr.ends_with("\nOops: why\n") || outcome.stderr.ends_with("\n__main__.Oops: why\n"));
    assert!(!outcome.stderr.contains("_runner"), "our frames are not the caller's: {}", outcome.stderr);
}

#[tokio::test]
async fn an_exception_that_cannot_be_told_is_still_told() {
    let outcome = run("class E(Exception):\n    def __str__(self): raise ValueError\nraise E").await;
    assert_eq!(outcome.failure.unwrap().kind, "E");
}

#[tokio::test]
async fn half_characters_are_told_as_escapes() {
    let outcome = run("raise ValueError('\\ud800')").await;
    assert_eq!((outcome.failure.unwrap().message.as_str(), outcome.limit), ("\\ud800", None));
    assert_eq!(run("import files\nfiles.write('\\ud800', '')").await.failure.unwrap().kind, "UnicodeEncodeError");
    assert_eq!(run("class A:\n    def __repr__(self): return '\\ud800'\nA()").await.value.unwrap(), "\\ud800");
}

#[tokio::test]
async fn a_traceback_has_the_programs_frames_and_no_others() {
    let outcome = run("import time\ntime.sleep(-1)").await;
    let expected = "Traceback (most recent call last):\n  File \"main.py\", line 2, in <module>\n    time.sleep(-1)\n    \
                    ~~~~~~~~~~^^^^\nValueError: sleep length must be non-negative\n";
    assert_eq!(outcome.stderr, expected);
    let outcome = run("x = (1,\n").await;
    assert!(outcome.stderr.starts_with("  File \"main.py\", line 1\n"), "{}", outcome.stderr);
    assert!(outcome.stderr.ends_with("SyntaxError: '(' was never closed\n"), "{}", outcome.stderr);
    let outcome = run("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('b') from e").await;
    assert!(
        outcome.stderr.contains("ZeroDivisionError") && outcome.stderr.contains("direct cause"),
        "{}",
        outcome.stderr
    );
}

#[tokio::test]
async fn a_syntax_error_only_cpython_sees_has_its_line() {
    let failure = run("x = 1\nreturn x").await.failure.unwrap();
    assert_eq!((failure.kind.as_str(), failure.line), ("SyntaxError", Some(2)));
}

#[tokio::test]
async fn a_killed_run_frees_its_lane_at_once() {
    let one_lane = Sandbox::try_new(Settings { runs_in_parallel: 1, runs_resting_max: 0, ..settings() }).unwrap();
    for _ in 0..5 {
        let killed = one_lane.run(within(100, "while True: pass")).await.unwrap();
        assert_eq!(killed.limit, Some(Limit::Deadline));
        let next = one_lane.run(program("print('next')")).await.unwrap();
        assert_eq!(next.stdout, "next\n");
    }
}
