//! The HTTP client of the suite. Each answer it receives, whatever its status, is held to the
//! promises that the contract makes of every answer.

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// A caller: an address and, where it has one, an API key.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    key: Option<String>,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    headers: HeaderMap,
    body: String,
}

/// A client that expects none of our promises: for servers that are not ours, and for the operator's address.
pub(crate) fn plain() -> reqwest::Client {
    // reqwest asks for it even where nothing is encrypted. A second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

impl Client {
    /// A caller that presents no key.
    pub(crate) fn new(url: &str) -> Self {
        Self { http: plain(), url: url.to_owned(), key: None }
    }

    /// The same caller with a key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    /// The key that it presents.
    pub(crate) fn key(&self) -> &str {
        self.key.as_deref().unwrap()
    }

    /// A request to be filled in further; [`Client::send`] sends it.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// GET.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// POST of a JSON body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// The paid call that does nothing, which costs 100 micro-USD.
    pub(crate) async fn ping(&self) -> Answer {
        self.post("/tools/ping", &serde_json::json!({})).await
    }

    /// The same, of a server that may be dying.
    pub(crate) async fn try_ping(&self) -> reqwest::Result<Answer> {
        self.try_send(self.request(Method::POST, "/tools/ping").json(&serde_json::json!({}))).await
    }

    /// What the account of the key has to spend, in micro-USD.
    pub(crate) async fn balance(&self) -> u64 {
        let answer = self.get("/auth/balance").await.expect(200);
        answer.json()["balance_micro_usd"].as_u64().unwrap_or_else(|| panic!("{answer:?}"))
    }

    /// A paid run of a Python program, which costs 20,000 micro-USD.
    pub(crate) async fn run(&self, code: &str) -> Answer {
        self.post("/code/run", &serde_json::json!({ "code": code })).await
    }

    /// Sends a request; a server that does not answer fails the test.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.unwrap()
    }

    /// Sends a request to a server that may be dying; an answer keeps its promises all the same.
    pub(crate) async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Answer { status, headers, body: response.text().await? };
        answer.keeps_every_promise();
        Ok(answer)
    }
}

impl Answer {
    /// A header, or an empty text where the answer does not carry it.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Our id of the request.
    pub(crate) fn request(&self) -> &str {
        self.header("x-request-id")
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        &self.body
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Fails the test unless this is a problem of RFC 9457 that cost nothing and names its request.
    #[track_caller]
    pub(crate) fn is_an_unpaid_problem(&self) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert!(problem["type"].is_string(), "{self:?}");
        assert_eq!(problem["request_id"], self.request(), "{self:?}");
        assert_eq!(problem["charged"], 0, "{self:?}");
        assert_eq!((self.header("x-payment-receipt"), self.header("x-refund-credit")), ("", ""), "{self:?}");
    }

    /// P2 and P14: the security headers and our own request id, on errors too.
    fn keeps_every_promise(&self) {
        let promised = [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "strict-origin"),
        ];
        for (name, value) in promised {
            assert_eq!(self.header(name), value, "{name} of {self:?}");
        }
        let transport = self.header("strict-transport-security");
        let age = transport.split(';').find_map(|part| part.trim().strip_prefix("max-age="));
        assert!(age.is_some_and(|age| age.parse::<u64>().unwrap() >= 31_536_000), "{self:?}");
        assert!(transport.contains("includeSubDomains") && transport.contains("preload"));
        let policy = self.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{self:?}");
        assert!(!policy.contains("unsafe-inline"), "{self:?}");
        let id = self.header("x-request-id").strip_prefix("req_").unwrap_or_default();
        assert!(uuid::Uuid::parse_str(id).is_ok_and(|id| id.get_version_num() == 7), "{self:?}");
    }
}
