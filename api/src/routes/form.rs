//! Small JSON bodies of routes that sell nothing: an object whose members are all known.

use std::time::Duration;

use actix_web::{HttpRequest, web};
use aipaygen_catalog::Violation;
use serde_json::{Map, Value};

use super::body;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

/// A label, a URL and a moment need no more.
const BODY_BYTES_MAX: usize = 4_096;

/// The members of a body.
pub(crate) type Members = Map<String, Value>;

/// Reads a body; an empty one has no members.
pub(crate) async fn read(
    ingress: &Ingress,
    http: &HttpRequest,
    payload: web::Payload,
    known: &[&str],
) -> Result<Members, Problem> {
    let timeout = Duration::from_millis(ingress.settings.body_timeout_ms);
    let bytes = body::read(http.headers(), payload, BODY_BYTES_MAX, timeout).await?;
    let members = match serde_json::from_slice(if bytes.is_empty() { b"{}" } else { &bytes }) {
        Ok(Value::Object(members)) => members,
        Ok(_) => return Err(violation("", "type", "is of type object")),
        Err(error) => return Err(Kind::NotJson { line: error.line(), column: error.column() }.into()),
    };
    if members.keys().any(|name| !known.contains(&name.as_str())) {
        return Err(violation("", "additionalProperties", "has a member that is not known"));
    }
    Ok(members)
}

/// A body that is JSON of another shape.
pub(crate) fn violation(field: &str, rule: &str, message: &str) -> Problem {
    let violation = Violation { field: field.to_owned(), rule: rule.to_owned(), message: message.to_owned() };
    Kind::InvalidBody { violations: vec![violation] }.into()
}

/// The text of a member that must be there.
pub(crate) fn text<'a>(members: &'a Members, name: &str) -> Result<&'a str, Problem> {
    let field = format!("/{name}");
    let value = members.get(name).ok_or_else(|| violation(&field, "required", "is required"))?;
    value.as_str().ok_or_else(|| violation(&field, "type", "is of type string"))
}
