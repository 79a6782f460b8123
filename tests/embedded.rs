//! What a newcomer sees: one process, one line of JSON, a demo key that is shown once.

mod answers;

use serde_json::Value;

use crate::support::cli::{self, Settings, aipaygen, run};
use crate::support::http::{self, Client};
use crate::support::process::Process;

#[tokio::test]
async fn a_first_start_shows_a_demo_key_of_five_dollars_and_a_second_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let settings = cli::settings(dir.path());
    let (mut first, ready) = serve(&settings, dir.path()).await;
    let demo = Client::new(ready["url"].as_str().unwrap()).with_key(ready["key"].as_str().unwrap());
    assert_eq!(demo.balance().await, 5_000_000);
    demo.run("print('hello')").await.expect(200);
    assert!(first.stop("TERM").success(), "{}", first.stderr());

    let (mut second, ready) = serve(&settings, dir.path()).await;
    assert_eq!(ready["key"], Value::Null, "{ready}");
    let demo = Client::new(ready["url"].as_str().unwrap()).with_key(demo.key());
    assert_eq!(demo.balance().await, 4_980_000);
    assert!(second.stop("TERM").success(), "{}", second.stderr());
}

#[tokio::test]
async fn the_operators_address_tells_how_it_is_and_callers_do_not_see_it() {
    let dir = tempfile::tempdir().unwrap();
    let (_process, ready) = serve(&cli::settings(dir.path()), dir.path()).await;
    let (url, admin) = (ready["url"].as_str().unwrap(), ready["admin_url"].as_str().unwrap());
    let metrics = http::plain().get(format!("{admin}/metrics")).send().await.unwrap();
    assert!(metrics.status().is_success());
    Client::new(url).get("/metrics").await.expect(404);
}

#[tokio::test]
async fn secrets_of_a_data_directory_are_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let (_process, _) = serve(&cli::settings(dir.path()), dir.path()).await;
    let secrets = dir.path().join("data/secrets.toml");
    assert_eq!(std::fs::metadata(secrets).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_address_that_is_taken_ends_the_start_with_a_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = run(&cli::settings(dir.path()), &["serve", "--listen", &address, "--json"]).expect(2);
    assert!(said.stderr.contains(&address), "{said:?}");
    assert_eq!(said.stdout, "");
}

async fn serve(settings: &Settings, logs: &std::path::Path) -> (Process, Value) {
    let mut command = aipaygen(settings);
    let mut process = Process::spawn("serve", logs, command.args(["serve", "--listen", "127.0.0.1:0", "--json"]));
    let ready = process.ready(async |process| process.stdout().strip_suffix('\n').map(str::to_owned)).await;
    (process, serde_json::from_str(&ready).unwrap())
}
