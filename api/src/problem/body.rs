//! A problem as an HTTP answer.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use aipaygen_events::RequestId;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Kind, Money, Problem, open_ai};
use crate::face::Face;

/// The media type of problem details.
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
/// What clients of `OpenAI` expect of an error.
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The media type of a problem at each face.
pub(crate) const CONTENT_TYPES: [HeaderValue; 2] = [PROBLEM_JSON, JSON];

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: String,
    request_id: RequestId,
    charged: u64,
    refund_credit: Option<String>,
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

/// The answer to a request, with the problem's type below this base.
pub(crate) fn answer(problem: &Problem, request: RequestId, types: &str, face: Face) -> HttpResponse {
    let Problem { kind, money } = problem;
    let body = said(problem, request, types, face).to_string();
    let content_type = match face {
        Face::Native => PROBLEM_JSON,
        Face::OpenAi => JSON,
    };
    let mut answer =
        HttpResponse::build(kind.status()).insert_header((header::CONTENT_TYPE, content_type)).body(body);
    set_headers(kind, answer.headers_mut());
    set_money_headers(money, refund_credit(kind, money).as_deref(), answer.headers_mut());
    answer
}

/// What is said of a problem.
pub(crate) fn said(problem: &Problem, request: RequestId, types: &str, face: Face) -> Value {
    let Problem { kind, money } = problem;
    let charged = match money {
        Money::NotCharged => 0,
        Money::Refunded { charged, .. } | Money::RefundPending { charged, .. } => charged.micro_usd(),
    };
    let refund_credit = refund_credit(kind, money);
    let body = Body {
        kind: format!("{types}{}", kind.slug()),
        title: kind.about().title,
        status: kind.status().as_u16(),
        detail: detail(kind, money),
        request_id: request,
        charged,
        refund_credit,
        members: &members(kind),
    };
    let body = serde_json::to_value(&body).expect("text, integers and JSON values");
    match face {
        Face::Native => body,
        Face::OpenAi => open_ai::body(body, kind.slug(), kind.status()),
    }
}

/// What makes a failure good: the code of a voucher where there is one to show, and otherwise the name of the credit.
fn refund_credit(kind: &Kind, money: &Money) -> Option<String> {
    let (credit, voucher) = match (money, kind) {
        (Money::Refunded { credit, voucher, .. }, _) => (credit, voucher),
        (Money::NotCharged, Kind::PaymentRefunded { credit, voucher, .. }) => (credit, voucher),
        (Money::NotCharged | Money::RefundPending { .. }, _) => return None,
    };
    Some(voucher.as_ref().map_or_else(|| credit.to_string(), |code| code.expose().to_owned()))
}

fn detail(kind: &Kind, money: &Money) -> String {
    let detail = match kind {
        Kind::HeadTooLarge { bytes_max } => format!("At most {bytes_max} bytes of request line and header fields."),
        Kind::InvalidHeader { name, rule } => format!("{name}: {rule}"),
        Kind::InvalidQuery { name, rule } => format!("{name}: {rule}"),
        Kind::BodyTooLarge { bytes_max } => format!("At most {bytes_max} bytes."),
        Kind::NotJson { line, column } => format!("Not JSON at line {line}, column {column}."),
        Kind::Payment(demand) => demand.sentence(),
        Kind::Rejected { members, .. } | Kind::Upstream { members, .. } => match members.get("detail") {
            Some(Value::String(detail)) => detail.clone(),
            Some(_) | None => kind.about().meaning.to_owned(),
        },
        Kind::NotFound | Kind::MethodNotAllowed { .. } | Kind::BadRequest | Kind::HttpsRequired => meaning(kind),
        Kind::MovedToHttps { .. } | Kind::UriTooLong | Kind::RateLimited { .. } => meaning(kind),
        Kind::Unauthenticated { .. } | Kind::UnsupportedEncoding | Kind::BodyTimeout => meaning(kind),
        Kind::BodyBroken | Kind::InvalidBody { .. } | Kind::IdempotencyInFlight { .. } => meaning(kind),
        Kind::IdempotencyOtherRequest { .. } | Kind::IdempotencySpent { .. } => meaning(kind),
        Kind::PaymentUsed { .. } | Kind::PaymentPending { .. } | Kind::PaymentRefunded { .. } => meaning(kind),
        Kind::Overloaded { .. } | Kind::Unavailable { .. } => meaning(kind),
        Kind::ToolFailed | Kind::ToolTimeout | Kind::Internal => meaning(kind),
    };
    match money {
        Money::NotCharged | Money::Refunded { .. } => detail,
        Money::RefundPending { request, .. } => {
            format!("{detail} The refund is on its way: see GET /requests/{request}.")
        }
    }
}

fn meaning(kind: &Kind) -> String {
    kind.about().meaning.to_owned()
}

/// The members that a problem has beyond the usual ones, which no worker may overwrite.
fn members(kind: &Kind) -> Map<String, Value> {
    let members = match kind {
        Kind::Payment(demand) => demand.members(),
        Kind::NotJson { line, column } => json!({ "line": line, "column": column }),
        Kind::InvalidBody { violations } => json!({ "violations": violations }),
        Kind::InvalidHeader { name, .. } => json!({ "header": name }),
        Kind::InvalidQuery { name, .. } => json!({ "parameter": name }),
        Kind::IdempotencyInFlight { request } => json!({ "of_request": request }),
        Kind::IdempotencyOtherRequest { request } => json!({ "of_request": request }),
        Kind::IdempotencySpent { request, receipt } => json!({ "of_request": request, "receipt": receipt }),
        Kind::PaymentUsed { request } | Kind::PaymentRefunded { request, .. } => json!({ "of_request": request }),
        Kind::PaymentPending { .. } => json!({ "send_again": "the same request with the same payment" }),
        Kind::Rejected { members, .. } | Kind::Upstream { members, .. } => return its_own(members),
        Kind::NotFound | Kind::MethodNotAllowed { .. } | Kind::BadRequest | Kind::HttpsRequired => Value::Null,
        Kind::MovedToHttps { .. } | Kind::UriTooLong | Kind::HeadTooLarge { .. } => Value::Null,
        Kind::RateLimited { .. } | Kind::Unauthenticated { .. } | Kind::UnsupportedEncoding => Value::Null,
        Kind::BodyTooLarge { .. } | Kind::BodyTimeout | Kind::BodyBroken => Value::Null,
        Kind::Overloaded { .. } | Kind::Unavailable { .. } => Value::Null,
        Kind::ToolFailed | Kind::ToolTimeout | Kind::Internal => Value::Null,
    };
    if let Value::Object(members) = members { members } else { Map::new() }
}

fn its_own(members: &Map<String, Value>) -> Map<String, Value> {
    const OURS: [&str; 7] = ["type", "title", "status", "detail", "request_id", "charged", "refund_credit"];
    let own = members.iter().filter(|(name, _)| !OURS.contains(&name.as_str()));
    own.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn set_headers(kind: &Kind, headers: &mut HeaderMap) {
    match kind {
        Kind::MethodNotAllowed { allow } if !allow.is_empty() => set(headers, header::ALLOW, allow),
        Kind::MovedToHttps { location } => set(headers, header::LOCATION, location),
        Kind::RateLimited { retry_after_s } => set(headers, header::RETRY_AFTER, &retry_after_s.to_string()),
        Kind::Overloaded { retry_after_s } => set(headers, header::RETRY_AFTER, &retry_after_s.to_string()),
        Kind::Unavailable { retry_after_s } => set(headers, header::RETRY_AFTER, &retry_after_s.to_string()),
        Kind::Unauthenticated { shown: true } => {
            set(headers, header::WWW_AUTHENTICATE, r#"Bearer realm="aipaygen", error="invalid_token""#);
        }
        Kind::Unauthenticated { shown: false } => {
            set(headers, header::WWW_AUTHENTICATE, r#"Bearer realm="aipaygen""#);
        }
        Kind::Payment(demand) => demand.set_headers(headers),
        Kind::IdempotencySpent { receipt: _, request } => set_status_link(headers, *request),
        Kind::PaymentUsed { request } | Kind::PaymentRefunded { request, .. } => set_status_link(headers, *request),
        Kind::PaymentPending { retry_after_s, settlement } => {
            set(headers, header::RETRY_AFTER, &retry_after_s.to_string());
            settlement.iter().for_each(|settlement| settlement.set_header(headers));
        }
        Kind::BodyTimeout | Kind::HeadTooLarge { .. } => set(headers, header::CONNECTION, "close"),
        Kind::MethodNotAllowed { .. } | Kind::NotFound | Kind::BadRequest | Kind::HttpsRequired => {}
        Kind::UriTooLong | Kind::InvalidHeader { .. } | Kind::InvalidQuery { .. } => {}
        Kind::UnsupportedEncoding | Kind::BodyTooLarge { .. } | Kind::BodyBroken => {}
        Kind::NotJson { .. } | Kind::InvalidBody { .. } | Kind::Rejected { .. } | Kind::Upstream { .. } => {}
        Kind::IdempotencyInFlight { .. } | Kind::IdempotencyOtherRequest { .. } => {}
        Kind::ToolFailed | Kind::ToolTimeout | Kind::Internal => {}
    }
}

fn set_money_headers(money: &Money, refund_credit: Option<&str>, headers: &mut HeaderMap) {
    if let Some(credit) = refund_credit {
        set(headers, HeaderName::from_static("x-refund-credit"), credit);
    }
    match money {
        Money::NotCharged | Money::Refunded { .. } => {}
        Money::RefundPending { request, .. } => set_status_link(headers, *request),
    }
}

fn set_status_link(headers: &mut HeaderMap, request: RequestId) {
    set(headers, header::LINK, &format!("</requests/{request}>; rel=\"status\""));
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // All of these are ours: text of the program, integers, ids and checked settings.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
