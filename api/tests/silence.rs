//! What must not be in any log.

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, House, logs};

#[tokio::test]
async fn no_address_key_body_query_or_idempotency_key_is_in_any_log() {
    logs::listen();
    let house = House::with(|settings| settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]).await;
    let (client, secret) = ("203.0.113.77", "sesame-0815");
    let call = |method: Method, path: &str| {
        house.authorized(method, path).header("x-forwarded-for", client).header("user-agent", secret)
    };
    let say = |text: &str| json!({ "say": format!("{text}") });
    let paid = call(Method::POST, "/echo/run").header("idempotency-key", secret).json(&say(secret));
    let id = Answer::to(paid).await.expect(200).header("x-request-id").to_owned();
    for failure in [
        call(Method::POST, "/tools/echo").json(&say("fail")),
        call(Method::POST, "/tools/echo").json(&say("panic")),
        call(Method::POST, "/tools/echo").body(format!("{{\"say\": {secret}")),
        call(Method::POST, "/tools/echo").json(&json!({ secret: secret })),
        call(Method::GET, &format!("/usage?from={secret}")),
        call(Method::GET, &format!("/nothing/{secret}")),
        house.request(Method::GET, "/auth/balance").header("x-api-key", secret),
    ] {
        assert!(Answer::to(failure).await.status >= 400);
    }
    // The framework names the addresses that we listen on, which are nobody's secret.
    let ours = |line: &&str| !line.contains("actix_server::server: starting service");
    let logged: String = logs::so_far().split_inclusive('\n').filter(ours).collect();
    let line = logged.lines().find(|line| line.contains(&id)).expect("a request leaves a line");
    for field in ["endpoint=\"/echo/run\"", "status=200", "price_micro_usd=20000", house.key.id().as_str()] {
        assert!(line.contains(field), "{field} in {line}");
    }
    for absent in [client, "127.0.0.1", secret, house.key.expose(), "X-Forwarded"] {
        assert!(!logged.contains(absent), "{absent} is in {logged}");
    }
}
