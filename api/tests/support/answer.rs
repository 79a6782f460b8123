//! A whole answer. Each one that a test receives is held to the promises that are made of every answer.

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response};
use serde_json::Value;

/// Status, headers and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        Self::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Self { status, headers, body: response.text().await.unwrap() };
        answer.keeps_every_promise();
        answer
    }

    /// A header, or an empty text without it.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        &self.body
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// The answer is this problem, and cost nothing.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, slug: &str) -> Value {
        let problem = self.is_failure(status, slug);
        assert_eq!((&problem["charged"], &problem["refund_credit"]), (&0.into(), &Value::Null), "{self:?}");
        assert_eq!(self.header("x-refund-credit"), "", "{self:?}");
        problem
    }

    /// The answer is this problem, whatever it cost.
    #[track_caller]
    pub(crate) fn is_failure(&self, status: u16, slug: &str) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        let kind = problem["type"].as_str().unwrap();
        assert_eq!((self.status, kind.rsplit('/').next().unwrap()), (status, slug), "{self:?}");
        assert_eq!(problem["status"], status, "{self:?}");
        assert_eq!(problem["request_id"], self.header("x-request-id"), "{self:?}");
        assert!(!problem["title"].as_str().unwrap().is_empty() && !problem["detail"].as_str().unwrap().is_empty());
        assert_eq!(self.header("x-payment-receipt"), "", "{self:?}");
        problem
    }

    /// P2 and P14.
    fn keeps_every_promise(&self) {
        let promised = [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "strict-origin"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains; preload"),
        ];
        for (name, value) in promised {
            assert_eq!(self.header(name), value, "{name} of {self:?}");
        }
        let policy = self.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe-inline"), "{self:?}");
        let id = self.header("x-request-id").strip_prefix("req_").unwrap_or_default();
        assert!(uuid::Uuid::parse_str(id).is_ok_and(|id| id.get_version_num() == 7), "{self:?}");
        assert!(!self.header("cache-control").is_empty(), "{self:?}");
    }
}
