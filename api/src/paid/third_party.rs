//! `/api-call`: a call of a third party's API. It is held against the catalogue before it is charged; the credential
//! that it needs is lent by the keeper of the vault, sealed for the fetch worker that does the work.

use std::time::Instant;

use aipaygen_bus::outbound::{ApiCalled, CallApi, call_at};
use aipaygen_bus::tool::Used;
use aipaygen_bus::vault::{LendCredential, Lent};
use aipaygen_catalog::{Call, Outgoing};
use aipaygen_events::account::RefundReason;
use aipaygen_events::{MicroUsd, RequestId};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::run::{Outcome, of_bus};
use super::{Offer, Order};
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

/// The tool that sells it.
const TOOL: &str = "api_call";
/// What of an API's headers a caller gets to see.
const HEADERS_BACK: [&str; 12] = [
    "content-type",
    "content-language",
    "etag",
    "last-modified",
    "link",
    "retry-after",
    "ratelimit",
    "ratelimit-limit",
    "ratelimit-remaining",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

/// A call that the catalogue allows.
pub(super) struct Errand {
    api: String,
    outgoing: Outgoing,
    credential: bool,
    /// What this API costs, if not the usual price.
    pub(super) price: Option<MicroUsd>,
}

impl Errand {
    /// Whether the price is known only when the body is: each API has its own.
    pub(super) fn decides_the_price(offer: &Offer) -> bool {
        offer.tool == TOOL
    }

    /// What the body asks for; `None` if another tool is sold.
    pub(super) async fn prepare(ingress: &Ingress, offer: &Offer, body: &[u8]) -> Result<Option<Self>, Problem> {
        if !Self::decides_the_price(offer) {
            return Ok(None);
        }
        // It was validated against the tool's schema, which is that of a call.
        let call: Call = serde_json::from_slice(body).map_err(|_| Kind::Internal)?;
        let known = ingress.apis.known(ingress).await?;
        let Some(api) = known.apis.get(&call.api_id) else {
            return Err(refused(404, "api-unknown", "There is no such API: see GET /catalog."));
        };
        if !known.is_callable(api) {
            return Err(refused(409, "api-without-credential", "The operator has no credential for this API yet."));
        }
        let outgoing = api.outgoing(&call);
        let outgoing = outgoing.map_err(|violation| Kind::InvalidBody { violations: vec![violation] })?;
        Ok(Some(Self { api: api.id.clone(), outgoing, credential: known.has_credential(api), price: api.price }))
    }

    /// Has a fetch worker do it.
    pub(super) async fn run(&self, ingress: &Ingress, order: &Order) -> Outcome {
        let deadline = Instant::now() + order.offer.timeout;
        let (subject, credential) = match self.lend(ingress, order.request).await {
            Ok(lent) => lent,
            Err(kind) => return Outcome::Failed { kind, reason: RefundReason::NoWorker },
        };
        let command = self.command(ingress, order.request, credential);
        match call_at(ingress.bus.as_ref(), &subject, &command, deadline).await {
            Ok(called) => self.outcome(called),
            Err(error) => {
                ingress.overload.learn(&order.offer.queue, &error);
                of_bus(ingress, &error)
            }
        }
    }

    /// Where the call goes, and the sealed credential if there is one.
    async fn lend(&self, ingress: &Ingress, request: RequestId) -> Result<(String, Option<String>), Kind> {
        use aipaygen_bus::commands::Command;
        if !self.credential {
            return Ok((CallApi::SUBJECT.to_owned(), None));
        }
        match ingress.payments(&LendCredential { request, api: self.api.clone() }).await {
            Ok(Lent::Sealed { worker, sealed }) => Ok((CallApi::subject(&worker), Some(sealed))),
            Ok(Lent::Nothing | Lent::Unavailable) | Err(_) => Err(ingress.unavailable().kind),
        }
    }

    fn command(&self, ingress: &Ingress, request: RequestId, credential: Option<String>) -> CallApi {
        CallApi {
            request,
            method: self.outgoing.method.clone(),
            url: self.outgoing.url.clone(),
            headers: self.outgoing.headers.clone(),
            body: self.outgoing.body.clone(),
            credential,
            headers_back: HEADERS_BACK.map(str::to_owned).into(),
            response_bytes_max: ingress.settings.api_response_bytes_max,
        }
    }

    /// That we are not let in is our fault, and not the caller's: it never passes as itself.
    fn outcome(&self, called: ApiCalled) -> Outcome {
        let failed = || Outcome::Failed { kind: Kind::ToolFailed, reason: RefundReason::ToolFailed };
        match called {
            ApiCalled::Answered { status: 401..=403, .. } | ApiCalled::TooLarge | ApiCalled::Failed => failed(),
            ApiCalled::Refused => {
                let members = detail("The API is at an address that we do not connect to.");
                Outcome::Rejected(Kind::Rejected {
                    status: 403,
                    code: "address-refused".to_owned(),
                    members: Box::new(members),
                })
            }
            ApiCalled::Answered { status, headers, body, base64 } => {
                let (body, encoding) = readable(&headers, body, base64);
                let headers: Map<_, _> = headers.into_iter().map(|(name, value)| (name, value.into())).collect();
                let answer = json!({
                    "api_id": self.api, "status": status, "headers": headers, "body": body, "body_encoding": encoding,
                });
                Outcome::Answered { body: Bytes::from(answer.to_string()), used: Used::default(), cost: None }
            }
        }
    }
}

/// A body as a caller reads it most easily: JSON as JSON, text as text.
fn readable(headers: &[(String, String)], body: String, base64: bool) -> (Value, &'static str) {
    let is_json = headers.iter().any(|(name, value)| name == "content-type" && value.contains("json"));
    match serde_json::from_str(&body) {
        Ok(value) if is_json && !base64 => (value, "json"),
        Ok(_) | Err(_) => (body.into(), if base64 { "base64" } else { "text" }),
    }
}

fn refused(status: u16, code: &str, words: &str) -> Problem {
    Kind::Rejected { status, code: code.to_owned(), members: Box::new(detail(words)) }.into()
}

fn detail(words: &str) -> Map<String, Value> {
    Map::from_iter([("detail".to_owned(), words.into())])
}
