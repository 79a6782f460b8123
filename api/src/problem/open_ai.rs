//! A problem in the shape of `OpenAI`'s errors, for clients that know no other: all that the usual shape says is
//! there as well, so that a 402 can be paid from here too.

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};

/// The usual body, within the other shape. `error` is theirs; whatever else a problem has stands beside it.
pub(super) fn body(usual: Value, slug: &str, status: StatusCode) -> Value {
    let Value::Object(mut members) = usual else { return usual };
    let text = |members: &Map<String, Value>, name: &str| members.get(name).cloned().unwrap_or_default();
    let param =
        members.get("violations").and_then(|violations| violations.get(0)).map(|first| first["field"].clone());
    let error = json!({
        "message": text(&members, "detail"),
        "type": kind(status),
        "param": param,
        "code": slug,
        "request_id": text(&members, "request_id"),
        "charged": text(&members, "charged"),
        "refund_credit": text(&members, "refund_credit"),
    });
    members.insert("error".to_owned(), error);
    members.into()
}

fn kind(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        402 => "insufficient_quota",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        400..500 => "invalid_request_error",
        _ => "server_error",
    }
}
