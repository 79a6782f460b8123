//! The headers that every answer carries.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::Exchange;
use crate::limits::Standing;

/// What a browser is told by every answer, errors included.
pub(crate) const SECURITY_HEADERS: [(&str, &str); 5] = [
    ("strict-transport-security", "max-age=63072000; includeSubDomains; preload"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("referrer-policy", "strict-origin"),
];

/// Adds what is promised of every answer.
pub(super) fn promise(headers: &mut HeaderMap, exchange: &Exchange) {
    for (name, value) in SECURITY_HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.insert(HeaderName::from_static("x-request-id"), text(exchange.request().to_string()));
    if let Some(id) = exchange.client_request_id() {
        headers.insert(HeaderName::from_static("x-client-request-id"), id.clone());
    }
    // What is not said to be for everybody is for nobody else, and an answer to a key is for its owner alone.
    let said = headers.get(header::CACHE_CONTROL).and_then(|said| said.to_str().ok());
    if said.is_none_or(|said| exchange.credentials_shown() && !said.contains("no-store")) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    rate_limits(headers, &exchange.standings());
}

/// draft-ietf-httpapi-ratelimit-headers: the limits, and how much of each is left.
fn rate_limits(headers: &mut HeaderMap, standings: &[Standing]) {
    if standings.is_empty() {
        return;
    }
    let list = |write: fn(&Standing) -> String| text(standings.iter().map(write).collect::<Vec<_>>().join(", "));
    headers.insert(HeaderName::from_static("ratelimit-policy"), list(Standing::policy));
    headers.insert(HeaderName::from_static("ratelimit"), list(Standing::remaining));
}

fn text(value: String) -> HeaderValue {
    HeaderValue::try_from(value).expect("ids, names of limits and integers are visible ASCII")
}
