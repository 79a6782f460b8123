//! What an operator does beside a service that is up: keys, credit, refunds, read models, the proof of the log.

use serde_json::{Value, json};

use crate::support::app::{App, PING};
use crate::support::cli::Said;

#[tokio::test]
async fn a_key_is_issued_listed_and_revoked() {
    let app = App::start().await;
    let issued = app.cli(&["keys", "issue", "--label", "first", "--json"]).expect(0).json();
    let (account, key) = (issued["account"].as_str().unwrap(), issued["key"].as_str().unwrap());
    let grant = ["credits", "grant", "--account", account, "--amount", "1.00", "--reference", "ticket-1", "--json"];
    app.cli(&grant).expect(0);
    app.cli(&grant).expect(0);
    let caller = app.anonymous().with_key(key);
    assert_eq!(caller.balance().await, 1_000_000, "the same reference is given once");
    caller.ping().await.expect(200);

    let listed = ["keys", "list", "--account", account, "--json"];
    let line = app.cli(&listed).expect(0).json();
    assert_eq!((&line["state"], &line["label"]), (&"active".into(), &"first".into()));
    assert!(!app.cli(&listed).stdout.contains(key), "a key is shown once");

    let public = line["key"].as_str().unwrap();
    assert!(key.contains(public));
    app.cli(&["keys", "revoke", public, "--json"]).expect(0);
    assert_eq!(app.cli(&listed).json()["state"], "revoked");
    let refused = async || (caller.ping().await.status == 401).then_some(());
    crate::support::wait::within(std::time::Duration::from_secs(2), "the key is refused", refused).await;
    app.cli(&["keys", "revoke", "AAAAAAAAAAAAAAAA"]).expect(2);
}

#[tokio::test]
async fn read_models_that_are_dropped_and_replayed_are_identical() {
    let app = App::start().await;
    for _ in 0..3 {
        app.caller.ping().await.expect(200);
    }
    app.account(PING).run("print(1)").await.expect(402);
    app.settled().await;
    let before = app.books();
    let report = app.cli(&["projections", "rebuild", "--json"]).expect(0).json();
    let tables = report["tables"].as_array().unwrap();
    assert!(tables.iter().any(|table| table["rows"].as_u64().unwrap() > 3), "{report}");
    assert!(tables.iter().all(|table| table["differing"] == 0), "{report}");
    assert_eq!(app.books(), before);
    app.caller.ping().await.expect(200);
}

#[tokio::test]
async fn the_chain_of_the_log_is_whole() {
    let app = App::start().await;
    app.caller.ping().await.expect(200);
    app.settled().await;
    let proof = app.cli(&["audit", "verify", "--json"]).expect(0).json();
    assert_eq!(proof["whole"], true);
    assert!(proof["position"].as_u64().unwrap() >= 5, "{proof}");
}

#[tokio::test]
async fn a_refund_is_found_explained_and_replayed() {
    let app = App::start().await;
    let before = app.caller.balance().await;
    let answer = app.caller.post("/tools/orphan", &json!({})).await.expect(503);
    let credit = answer.header("x-refund-credit").to_owned();
    let problem = answer.json();
    assert_eq!((&problem["refund_credit"], &problem["charged"]), (&credit.clone().into(), &10_000.into()));
    app.settled().await;
    assert_eq!(app.caller.balance().await, before);

    let listed = lines(&app.cli(&["refunds", "list", "--json"]).expect(0));
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["credit"], credit.as_str());
    assert_eq!(listed[0]["request"], answer.request());
    for id in [credit.as_str(), answer.request()] {
        let shown = app.cli(&["refunds", "show", id, "--json"]).expect(0).json();
        let kinds = shown["events"].as_array().unwrap().iter().map(|event| &event["kind"]);
        assert_eq!(kinds.collect::<Vec<_>>(), ["request.charged", "request.refunded", "credit.applied"]);
    }
    let replayed = app.cli(&["refunds", "replay", "--dry-run", "--json"]).expect(0).json();
    assert_eq!((&replayed["credits"], &replayed["differences"]), (&1.into(), &json!([])));
    app.cli(&["refunds", "show", "cr_00000000000000000000000000000000"]).expect(2);
}

fn lines(said: &Said) -> Vec<Value> {
    said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
