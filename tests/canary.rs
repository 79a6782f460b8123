//! Invariant 4: a payload's bytes are nowhere but in memory. A program that says a secret word on every way in and
//! out is run, everything is stopped, and the word is looked for in every file that was left behind.

use serde_json::json;

use crate::support::app::App;
use crate::support::scan::{files_holding, spellings};
use crate::support::site::Site;

const CANARY: &str = "xylophone-Quetzal-74e1b9d0-canary";

#[tokio::test]
async fn what_was_said_is_found_nowhere_afterwards() {
    let mut app =
        App::with(&[("LOG__LEVEL", "trace"), ("FETCH__GUARD__ALLOWED", "[\"127.0.0.2/32 1-65535\"]")]).await;
    let paid = say_it_everywhere(&app).await;
    app.settled().await;
    app.stop();

    // What is owed is never forgotten: the same search finds the request, so it looks at the right files.
    let found = files_holding(app.dir(), &[paid.into_bytes()]);
    assert!(found.len() > 1, "the request is found in {found:?}");
    let leaks = files_holding(app.dir(), &spellings(CANARY));
    assert!(leaks.is_empty(), "the canary is in {leaks:?}");
    let leaks = files_holding(app.dir(), &spellings(app.caller.key()));
    assert!(leaks.is_empty(), "the API key is in {leaks:?}");
}

/// In code, input, output and error, on the ways that end well and on those that do not. Returns a paid request.
async fn say_it_everywhere(app: &App) -> String {
    let caller = &app.caller;
    let code = format!("print(input())\nprint('{CANARY}')\nraise ValueError('{CANARY}')");
    let body = json!({ "code": code, "stdin": format!("{CANARY}\n") });
    let answer = caller.post("/code/run", &body).await.expect(200);
    let said = answer.json();
    assert_eq!(said["stdout"].as_str().unwrap().matches(CANARY).count(), 2, "{answer:?}");
    assert_eq!(said["error"]["message"], CANARY);

    caller.run(&format!("import {}", CANARY.replace('-', "_"))).await.expect(422);
    caller.run(&format!("'{CANARY}' + ")).await.expect(422);
    caller.post("/code/run", &json!({ "code": 1, CANARY: CANARY })).await;
    caller.post("/tools/ping", &json!({ CANARY: CANARY })).await;
    caller.get(&format!("/{CANARY}?{CANARY}={CANARY}")).await.expect(404);
    caller.get(&format!("/requests/{CANARY}?{CANARY}")).await;
    caller.with_key(CANARY).ping().await.expect(401);
    caller.post("/scrape", &json!({ "url": format!("http://127.0.0.1/{CANARY}?{CANARY}") })).await.expect(403);
    caller.post("/scrape", &json!({ "url": format!("http://{CANARY}.invalid/") })).await.expect(403);
    let site = Site::start().await;
    caller.post("/scrape", &json!({ "url": site.url(&format!("/{CANARY}")) })).await.expect(200);
    caller.post("/search", &json!({ "query": CANARY })).await.expect(501);
    let endless = json!({ "code": format!("while '{CANARY}': pass"), "timeout_s": 1 });
    caller.post("/code/run", &endless).await.expect(200);
    answer.request().to_owned()
}
