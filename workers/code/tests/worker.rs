//! The worker on the bus: a program is checked before it is charged, and again before it is run.

use std::time::{Duration, Instant};

use aipaygen_bus::local::LocalBus;
use aipaygen_bus::tool::{ToolOutcome, ToolRequest, check_subject, run_subject};
use aipaygen_bus::{RequestError, SharedBus};
use aipaygen_code::{Deps, RunnerError, SandboxError, Settings, StartError, Worker};
use serde_json::{Value, json};

use crate::support::settings;

fn bus() -> SharedBus {
    LocalBus::new(&aipaygen_bus::Settings::default())
}

async fn ask(bus: &SharedBus, subject: String, body: Value) -> Result<ToolOutcome, RequestError> {
    let request = "req_018f3b5e000070008000000000000001".parse().unwrap();
    let call = ToolRequest { tool: "code_run".into(), request, traceparent: None, body: body.to_string().into() };
    call.send(&**bus, &subject, Instant::now() + Duration::from_secs(30)).await
}

async fn answer(bus: &SharedBus, subject: String, body: Value) -> Value {
    let outcome = ask(bus, subject, body).await.unwrap();
    let ToolOutcome::Answered { body, .. } = outcome else { panic!("{outcome:?}") };
    serde_json::from_slice(&body).unwrap()
}

async fn rejection(bus: &SharedBus, subject: String, body: Value) -> (u16, String, Value) {
    let outcome = ask(bus, subject, body).await.unwrap();
    let ToolOutcome::Rejected { status, code, body } = outcome else { panic!("{outcome:?}") };
    (status, code, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_program_is_checked_and_run() {
    let bus = bus();
    let worker = Worker::start(Deps { bus: bus.clone(), settings: settings() }).await.unwrap();
    let body = json!({"code": "print(input())\n[1, 2]", "stdin": "hi", "timeout_s": 2.5, "seed": 1, "now": 0,
                      "files": {"a": "b"}});
    assert_eq!(answer(&bus, check_subject("code"), body.clone()).await, json!({}));
    let mut ran = answer(&bus, run_subject("code"), body).await;
    assert!(ran["duration_ms"].take().is_u64());
    let expected = json!({"stdout": "hi\n", "stderr": "", "result": "[1, 2]", "result_json": [1, 2], "error": null,
                          "limit_hit": null, "duration_ms": null});
    assert_eq!(ran, expected);
    worker.drain().await;
}

#[tokio::test]
async fn a_failing_program_is_an_answer() {
    let bus = bus();
    let _worker = Worker::start(Deps { bus: bus.clone(), settings: settings() }).await.unwrap();
    let ran = answer(&bus, run_subject("code"), json!({"code": "x = 1\n1 / 0"})).await;
    assert_eq!(ran["error"], json!({"type": "ZeroDivisionError", "message": "division by zero", "line": 2}));
    let ran = answer(&bus, run_subject("code"), json!({"code": "while True: pass", "timeout_s": 0.2})).await;
    assert_eq!((&ran["limit_hit"], &ran["error"]), (&json!("deadline"), &Value::Null));
}

#[tokio::test]
async fn a_rejected_program_is_not_run_even_if_nobody_checked_it_first() {
    let bus = bus();
    let _worker = Worker::start(Deps { bus: bus.clone(), settings: settings() }).await.unwrap();
    for subject in [check_subject("code"), run_subject("code")] {
        let (status, code, body) = rejection(&bus, subject, json!({"code": "import os\neval('1')"})).await;
        assert_eq!((status, code.as_str()), (422, "code-rejected"));
        assert_eq!(body["findings"].as_array().unwrap().len(), 2);
        assert_eq!(body["findings"][0]["rule"], "import-not-allowed");
        assert_eq!((&body["findings"][1]["line"], &body["findings"][1]["column"]), (&json!(2), &json!(1)));
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused_without_a_word_of_it() {
    let bus = bus();
    let _worker = Worker::start(Deps { bus: bus.clone(), settings: settings() }).await.unwrap();
    for body in [
        json!({"code": 1}),
        json!({}),
        json!("secret"),
        json!({"code": "x", "secret": 1}),
        json!({"code": "x", "timeout_s": -1}),
        json!({"code": "x", "timeout_s": 1e300}),
        json!({"code": "x", "seed": -1}),
        json!({"code": "x", "files": ["secret"]}),
        json!({"code": "x", "now": "secret"}),
    ] {
        let (status, code, told) = rejection(&bus, run_subject("code"), body.clone()).await;
        assert_eq!((status, code.as_str()), (422, "invalid-input"), "{body}");
        assert!(!told.to_string().contains("secret"), "{told}");
    }
}

#[tokio::test]
async fn a_worker_without_its_runner_says_what_to_do() {
    let nowhere = Settings { runner: "/nowhere/runner.cwasm".into(), ..settings() };
    let Err(error) = Worker::start(Deps { bus: bus(), settings: nowhere }).await else { panic!("it started") };
    assert!(matches!(error, StartError::Sandbox(SandboxError::Runner(RunnerError::Missing(_)))));
    assert!(error.to_string().contains("scripts/sandbox.sh"), "{error}");
}

#[tokio::test]
async fn a_runner_that_is_not_the_one_our_build_made_is_not_loaded() {
    let directory = std::env::temp_dir().join(format!("aipaygen-runner-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let runner = directory.join("runner.cwasm");
    let mut code = std::fs::read(settings().runner).unwrap();
    let last = code.len() - 1;
    code[last] ^= 1;
    std::fs::write(&runner, &code).unwrap();
    let other = Settings { runner: runner.clone(), ..settings() };
    let start =
        |settings| async { Worker::start(Deps { bus: bus(), settings }).await.map(drop).unwrap_err().to_string() };
    assert!(start(other.clone()).await.contains("no usable record"));
    let record = settings().runner.with_extension("cwasm.sha256");
    std::fs::copy(record, directory.join("runner.cwasm.sha256")).unwrap();
    assert!(start(other).await.contains("not the file its build recorded"));
    std::fs::remove_dir_all(directory).unwrap();
}
