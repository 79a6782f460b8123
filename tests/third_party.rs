//! The catalogue of third parties' APIs: found, called with a credential that nobody sees, paid for when it was called.

use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::receiver::{Receiver, Says};

const CALL: u64 = 50_000;
const TOKEN: &str = "an operator's token of more than thirty-two characters";
const SECRET: &str = "credential-canary-0123456789";

/// An installation whose operator lets APIs be on these addresses of loopback.
async fn app(receivers: &[&Receiver]) -> App {
    let hosts: Vec<_> = receivers.iter().map(|receiver| receiver.address()).collect();
    let hosts = format!("{:?}", [&hosts[..], &["127.0.0.9:8080"]].concat());
    let settings = [
        ("FETCH__GUARD__ALLOWED", "[\"127.0.0.2/32 1-65535\"]"),
        ("APIS__PLAIN_HOSTS", hosts.as_str()),
        ("SERVER__OPERATOR_TOKEN", TOKEN),
        ("SERVER__APIS_CACHE_MS", "50"),
    ];
    App::with(&settings).await
}

fn entry(id: &str, base_url: &str, auth: &str) -> String {
    format!(
        "id = \"{id}\"\nname = \"Shop\"\nsummary = \"Sells.\"\nbase_url = \"{base_url}\"\n\
         docs_url = \"https://shop.example.com\"\ncategories = [\"shopping\"]\nauth = {auth}\n\
         [[endpoints]]\nmethod = \"GET\"\npath = \"/items/{{id}}\"\nsummary = \"One item.\"\n\
         [[endpoints]]\nmethod = \"POST\"\npath = \"/orders\"\nsummary = \"A new order.\"\n"
    )
}

/// The operator, at the admin listener.
struct Operator(String, reqwest::Client);

impl Operator {
    fn of(app: &mut App) -> Self {
        let name = app.names().into_iter().find(|name| name == "serve" || name == "api").unwrap();
        let ready: Value = serde_json::from_str(&app.role(&name).stdout()).unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self(ready["admin_url"].as_str().unwrap().to_owned(), client)
    }

    async fn put(&self, path: &str, body: &str) -> u16 {
        self.put_as(TOKEN, path, body).await
    }

    async fn put_as(&self, token: &str, path: &str, body: &str) -> u16 {
        let request = self.1.put(format!("{}{path}", self.0)).bearer_auth(token).body(body.to_owned());
        request.send().await.unwrap().status().as_u16()
    }

    /// Adds an API with a credential.
    async fn add(&self, id: &str, base_url: &str, auth: &str, credential: Option<&str>) {
        assert_eq!(self.put("/apis", &entry(id, base_url, auth)).await, 204);
        if let Some(credential) = credential {
            assert_eq!(self.put(&format!("/apis/{id}/credential"), credential).await, 204);
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn the_catalogue_is_searched_and_paged() {
    let app = App::start().await;
    let anyone = app.anonymous();
    let found = anyone.get("/catalog?q=weather%20forecast&auth=none").await.expect(200).json();
    assert_eq!(found["apis"][0]["id"], "open-meteo", "{found}");
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let page = anyone.get(&format!("/catalog?limit=7&after={after}")).await.expect(200).json();
        ids.extend(page["apis"].as_array().unwrap().iter().map(|api| api["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = next.to_owned();
    }
    assert!(ids.len() >= 20 && ids.is_sorted(), "{ids:?}");
    let nasa = anyone.get("/catalog/nasa").await.expect(200).json();
    assert_eq!((&nasa["available"], &nasa["price_usd"]), (&json!(false), &json!("0.05")));
    assert_eq!(nasa["endpoints"][0]["path"], "/planetary/apod");
    anyone.get("/catalog/no-such-api").await.expect(404);
    for query in ["limit=0", "limit=201", "colour=red"] {
        anyone.get(&format!("/catalog?{query}")).await.expect(400);
    }
}

#[tokio::test]
async fn an_api_is_called_with_a_credential_that_nobody_sees() {
    let shop = Receiver::start().await;
    let mut app = app(&[&shop]).await;
    let operator = Operator::of(&mut app);
    let places = [
        ("by-header", "{ kind = \"header\", name = \"x-shop-key\" }", "x-shop-key", SECRET.to_owned()),
        ("by-bearer", "{ kind = \"bearer\" }", "authorization", format!("Bearer {SECRET}")),
        ("by-basic", "{ kind = \"basic\" }", "authorization", "Basic dXNlcjpwYXNz".to_owned()),
        ("by-query", "{ kind = \"query\", name = \"key\" }", "", String::new()),
    ];
    let before = app.caller.balance().await;
    for (nth, (id, auth, header, value)) in places.iter().enumerate() {
        let credential = if *id == "by-basic" { "user:pass" } else { SECRET };
        operator.add(id, &shop.url("/v1"), auth, Some(credential)).await;
        shop.say(Says::json(200, &json!({ "item": nth })));
        let call = json!({ "api_id": id, "endpoint": "/items/{id}", "params": { "id": "a/b", "page": 2 } });
        let answer = app.caller.post("/api-call", &call).await.expect(200);
        let told = answer.json();
        assert_eq!((&told["status"], &told["body"]), (&json!(200), &json!({ "item": nth })));
        assert!(!answer.text().contains(SECRET) && !answer.header("x-payment-receipt").is_empty());
        let received = shop.received().pop().unwrap();
        assert!(received.target.starts_with("/v1/items/a%2Fb?page=2"), "{received:?}");
        match *header {
            "" => assert!(received.target.ends_with(&format!("&key={SECRET}")), "{received:?}"),
            name => assert_eq!(received.header(name), value),
        }
    }
    app.settled().await;
    assert_eq!(before - app.caller.balance().await, 4 * CALL);
    let listed = app.cli(&["apis", "list", "--json"]).expect(0);
    assert!(listed.stdout.contains("by-basic") && !listed.stdout.contains(SECRET));
}

#[tokio::test]
async fn a_credential_does_not_follow_a_redirect_to_another_origin() {
    let (shop, elsewhere) = (Receiver::start().await, Receiver::start().await);
    let mut app = app(&[&shop]).await;
    Operator::of(&mut app).add("shop", &shop.url(""), "{ kind = \"bearer\" }", Some(SECRET)).await;
    shop.say(Says { headers: format!("location: {}\r\n", elsewhere.url("/x")), ..Says::status(302) });
    let call = json!({ "api_id": "shop", "endpoint": "/items/7" });
    app.caller.post("/api-call", &call).await.expect(200);
    assert_eq!(shop.received()[0].header("authorization"), format!("Bearer {SECRET}"));
    assert_eq!(elsewhere.received()[0].header("authorization"), "");
}

#[tokio::test]
async fn that_we_are_not_let_in_is_refunded_and_other_answers_are_the_callers() {
    let shop = Receiver::start().await;
    let mut app = app(&[&shop]).await;
    Operator::of(&mut app).add("shop", &shop.url(""), "{ kind = \"none\" }", None).await;
    let order = json!({ "api_id": "shop", "endpoint": "/orders", "method": "POST", "body": { "n": 1 } });
    let before = app.caller.balance().await;
    for status in [401, 402, 403] {
        shop.say(Says::json(status, &json!({ "error": "canary-of-the-upstream" })));
        let answer = app.caller.post("/api-call", &order).await.expect(502);
        assert!(!answer.header("x-refund-credit").is_empty() && !answer.text().contains("canary"), "{answer:?}");
    }
    shop.say(Says { body: "x".repeat(800_000), ..Says::status(200) });
    app.caller.post("/api-call", &order).await.expect(502);
    assert_eq!(app.caller.balance().await, before);

    shop.say(Says {
        headers: "set-cookie: a=b\r\nretry-after: 7\r\n".to_owned(),
        body: "no".to_owned(),
        status: 503,
    });
    let told = app.caller.post("/api-call", &order).await.expect(200).json();
    assert_eq!((&told["status"], &told["body"], &told["body_encoding"]), (&json!(503), &json!("no"), &json!("text")));
    assert_eq!(told["headers"], json!({ "retry-after": "7" }));
    let received = shop.received().pop().unwrap();
    assert_eq!((received.method.as_str(), received.text.as_str()), ("POST", r#"{"n":1}"#));
    app.settled().await;
    assert_eq!(before - app.caller.balance().await, CALL);
}

#[tokio::test]
async fn what_cannot_be_called_costs_nothing() {
    let shop = Receiver::start().await;
    let mut app = app(&[&shop]).await;
    let operator = Operator::of(&mut app);
    operator.add("shop", &shop.url(""), "{ kind = \"bearer\" }", None).await;
    operator.add("inside", "http://127.0.0.9:8080", "{ kind = \"none\" }", None).await;
    let before = app.caller.balance().await;
    let calls = [
        (404, "api-unknown", json!({ "api_id": "no-such-api", "endpoint": "/" })),
        (409, "api-without-credential", json!({ "api_id": "shop", "endpoint": "/items/7" })),
        (422, "invalid-body", json!({ "api_id": "inside", "endpoint": "/items/../orders" })),
        (422, "invalid-body", json!({ "api_id": "inside", "endpoint": "/items/7", "method": "POST" })),
        (422, "invalid-body", json!({ "api_id": "inside", "endpoint": "/items/7", "headers": { "host": "x" } })),
        (422, "invalid-body", json!({ "api_id": "inside" })),
        (403, "address-refused", json!({ "api_id": "inside", "endpoint": "/items/7" })),
    ];
    for (status, slug, call) in &calls {
        let answer = app.caller.post("/api-call", call).await.expect(*status);
        assert!(answer.json()["type"].as_str().unwrap().ends_with(slug), "{answer:?}");
        answer.is_an_unpaid_problem();
    }
    assert!(shop.received().is_empty());
    app.settled().await;
    assert_eq!(app.caller.balance().await, before);
}

#[tokio::test]
async fn the_catalogue_is_changed_by_operators_alone() {
    let shop = Receiver::start().await;
    let mut app = app(&[&shop]).await;
    let operator = Operator::of(&mut app);
    let file = entry("shop", &shop.url(""), "{ kind = \"none\" }");
    assert_eq!(operator.put_as("", "/apis", &file).await, 401);
    assert_eq!(operator.put_as(&format!("{TOKEN}x"), "/apis", &file).await, 401);
    assert_eq!(operator.put("/apis", &file.replace("127.0.0.2", "127.0.0.3")).await, 422);
    assert_eq!(operator.put("/apis/no-such-api/credential", "x").await, 404);

    let path = app.dir().join("shop.toml");
    std::fs::write(&path, &file).unwrap();
    app.cli(&["apis", "add", path.to_str().unwrap(), "--json"]).expect(0);
    app.cli(&["apis", "show", "shop"]).expect(0);
    let shown = async || (app.anonymous().get("/catalog/shop").await.status == 200).then_some(());
    crate::support::wait::until("it is in the catalogue", shown).await;
    app.cli(&["apis", "remove", "shop"]).expect(0);
    app.cli(&["apis", "remove", "shop"]).expect(2);
    let gone = async || (app.anonymous().get("/catalog/shop").await.status == 404).then_some(());
    crate::support::wait::until("it is gone", gone).await;
    app.cli(&["vault", "rotate", "--json"]).expect(0);
}
