//! A caller's wish, held against what an API offers: the request that goes out, or what is wrong with the wish.

use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::path::{Template, encode, scalar};
use super::{ApiEndpoint, ApiEntry, Auth, is_header};
use crate::Violation;

/// How long what we put together may be.
const URL_BYTES_MAX: usize = 8_192;
const HEADER_BYTES_MAX: usize = 1_024;
/// Headers that any caller may set.
const USUAL_HEADERS: [&str; 5] = ["accept", "accept-language", "if-modified-since", "if-none-match", "prefer"];

/// What a caller wants of an API.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The API.
    pub api_id: String,
    /// A path of it: a template as listed, or one with its holes filled.
    pub endpoint: String,
    /// The method, if the path has several.
    pub method: Option<String>,
    /// What fills the holes of the path, and the query.
    #[serde(default)]
    pub params: Map<String, Value>,
    /// Further headers.
    #[serde(default)]
    pub headers: Map<String, Value>,
    /// The body: text as it is, anything else as JSON.
    pub body: Option<Value>,
}

/// The request that goes out, credential not included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
}

impl ApiEntry {
    /// The request that a call becomes. What is wrong with a call is told without quoting it.
    pub fn outgoing(&self, call: &Call) -> Result<Outgoing, Violation> {
        let endpoint = self.endpoint(call)?;
        let template = Template::parse(&endpoint.path).filter(|_| call.endpoint == endpoint.path);
        let (path, holes) = match &template {
            Some(template) => (template.filled(&call.params).map_err(unfilled)?, template.holes()),
            None => (call.endpoint.clone(), Vec::new()),
        };
        let url = self.url(&path, &self.query(&call.params, &holes)?)?;
        let (body, media_type) = body(call, endpoint)?;
        let mut headers = self.headers(call)?;
        if let Some(media_type) = media_type {
            headers.push(("content-type".to_owned(), media_type.to_owned()));
        }
        Ok(Outgoing { method: endpoint.method.clone(), url, headers, body })
    }

    /// The endpoint that is meant. A method that is not given is the only one, or GET.
    fn endpoint(&self, call: &Call) -> Result<&ApiEndpoint, Violation> {
        let fits = |endpoint: &&ApiEndpoint| {
            let template = Template::parse(&endpoint.path);
            endpoint.path == call.endpoint || template.is_some_and(|template| template.matches(&call.endpoint))
        };
        let fitting: Vec<_> = self.endpoints.iter().filter(fits).collect();
        let wanted = call.method.as_deref().map(str::to_ascii_uppercase);
        let found = match (&wanted, fitting.as_slice()) {
            (_, []) => return Err(violation("/endpoint", "is a path that GET /catalog/{id} lists for this API")),
            (None, [only]) => Some(*only),
            (None, _) => fitting.iter().find(|endpoint| endpoint.method == "GET").copied(),
            (Some(method), _) => fitting.iter().find(|endpoint| endpoint.method == *method).copied(),
        };
        found.ok_or_else(|| violation("/method", "is a method that GET /catalog/{id} lists for this path"))
    }

    /// What does not fill the path.
    fn query(&self, params: &Map<String, Value>, holes: &[&str]) -> Result<String, Violation> {
        let mut pairs = Vec::new();
        for (name, value) in params.iter().filter(|(name, _)| !holes.contains(&name.as_str())) {
            if matches!(&self.auth, Auth::Query { name: ours } if ours.eq_ignore_ascii_case(name)) {
                return Err(violation("/params", "leaves the credential to us"));
            }
            let values =
                if let Value::Array(values) = value { values.as_slice() } else { std::slice::from_ref(value) };
            for value in values {
                let value = scalar(value)
                    .ok_or_else(|| violation("/params", "has texts, numbers, truth values and lists of them"))?;
                pairs.push(format!("{}={}", encode(name), encode(&value)));
            }
        }
        Ok(pairs.join("&"))
    }

    /// Whatever the parts were, the whole is below the base URL.
    fn url(&self, path: &str, query: &str) -> Result<String, Violation> {
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        let text = format!("{}{path}{query}", self.base_url);
        let (Ok(base), Ok(url)) = (Url::parse(&self.base_url), Url::parse(&text)) else {
            return Err(violation("/endpoint", "makes a URL"));
        };
        let below =
            url.origin() == base.origin() && format!("{}{path}", base.path().trim_end_matches('/')) == url.path();
        match (below, text.len() <= URL_BYTES_MAX) {
            (true, true) => Ok(text),
            (false, _) => Err(violation("/endpoint", "is a plain path")),
            (true, false) => Err(violation("/params", "makes a URL of at most 8192 bytes")),
        }
    }

    fn headers(&self, call: &Call) -> Result<Vec<(String, String)>, Violation> {
        let sound =
            |value: &&str| value.len() <= HEADER_BYTES_MAX && value.bytes().all(|b| (0x20..0x7f).contains(&b));
        let mut headers = Vec::new();
        for (name, value) in &call.headers {
            let name = name.to_ascii_lowercase();
            let listed = USUAL_HEADERS.contains(&name.as_str()) || self.headers.contains(&name);
            let ours = matches!(&self.auth, Auth::Header { name: ours } if ours.eq_ignore_ascii_case(&name));
            if !listed || ours || !is_header(&name) {
                return Err(violation(
                    "/headers",
                    "has accept, accept-language, if-modified-since, if-none-match, prefer and what GET /catalog/{id} lists",
                ));
            }
            let value = value.as_str().filter(sound);
            let value = value
                .ok_or_else(|| violation("/headers", "has values of at most 1024 printable ASCII characters"))?;
            headers.push((name, value.to_owned()));
        }
        Ok(headers)
    }
}

/// The body and its media type. JSON is written anew, a text goes as it is.
fn body(call: &Call, endpoint: &ApiEndpoint) -> Result<(Option<String>, Option<&'static str>), Violation> {
    let Some(body) = &call.body else { return Ok((None, None)) };
    if matches!(endpoint.method.as_str(), "GET" | "HEAD") {
        return Err(violation("/body", "is absent with GET and HEAD"));
    }
    Ok(match body {
        Value::String(text) => (Some(text.clone()), Some("text/plain; charset=utf-8")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            (Some(body.to_string()), Some("application/json"))
        }
    })
}

fn unfilled(hole: &str) -> Violation {
    violation(&format!("/params/{hole}"), "fills the path: a text that is not empty, a number or a truth value")
}

fn violation(field: &str, rule: &str) -> Violation {
    Violation { field: field.to_owned(), rule: "api".to_owned(), message: rule.to_owned() }
}

#[cfg(test)]
mod tests;
