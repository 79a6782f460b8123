//! What the caller wants done: the body, read within its bounds and validated, and the headers that change what a
//! call means. Nothing of it is kept; of an `Idempotency-Key` only keyed hashes leave this process.

use std::time::Duration;

use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, web};
use aipaygen_bus::commands::IdempotencyHashes;
use aipaygen_catalog::Invalid;
use aipaygen_events::account::Pricing;
use bytes::Bytes;
use serde::Deserialize;

use super::Offer;
use super::tender::Tender;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};
use crate::routes::body;

/// How long an `Idempotency-Key` may be.
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;

/// A body that the tool takes.
pub(super) struct Input {
    pub(super) body: Bytes,
    pub(super) pricing: Pricing,
    /// Whether the answer is wanted bit by bit.
    pub(super) streams: bool,
    /// Keyed hash of method, route and body, in hex.
    pub(super) request_hash: String,
    pub(super) idempotency: Option<IdempotencyHashes>,
    pub(super) traceparent: Option<String>,
}

impl Input {
    pub(super) async fn read(
        ingress: &Ingress,
        http: &HttpRequest,
        payload: web::Payload,
        tender: &Tender,
        offer: &Offer,
    ) -> Result<Self, Problem> {
        let pricing = pricing(http.headers(), tender.is_balance(), offer)?;
        let key = idempotency_key(http.headers())?.or_else(|| tender.identifier());
        let timeout = Duration::from_millis(ingress.settings.body_timeout_ms);
        let body = body::read(http.headers(), payload, ingress.settings.body_bytes_max, timeout).await?;
        validate(ingress, offer, &body)?;
        let request_hash = request_hash(ingress, &offer.endpoint, &[&body]);
        let idempotency = key.map(|key| hashes(ingress, &tender.owner(), key, request_hash.clone()));
        let streams = offer.streams && wants_stream(&body);
        Ok(Self { body, pricing, streams, request_hash, idempotency, traceparent: traceparent(http.headers()) })
    }
}

fn validate(ingress: &Ingress, offer: &Offer, body: &[u8]) -> Result<(), Problem> {
    // Offers are made from the catalogue.
    let tool = ingress.catalog.get(&offer.tool).ok_or(Kind::Internal)?;
    tool.validate(body).map_err(|invalid| match invalid {
        Invalid::Syntax { line, column } => Kind::NotJson { line, column }.into(),
        Invalid::Shape(violations) => Kind::InvalidBody { violations }.into(),
    })
}

/// How the caller wants to be charged. What no model answers has no tokens to be counted.
fn pricing(headers: &HeaderMap, of_balance: bool, offer: &Offer) -> Result<Pricing, Problem> {
    let refuse = |rule| Err(Kind::InvalidHeader { name: "X-Pricing", rule }.into());
    match headers.get("x-pricing").map(|mode| mode.as_bytes().to_ascii_lowercase()).as_deref() {
        None | Some(b"flat") => Ok(Pricing::Flat),
        // Of a payment or a voucher nothing can be held and given back in part.
        Some(b"metered") if !of_balance => refuse("metered needs an API key"),
        Some(b"metered") if offer.metered => Ok(Pricing::Metered),
        Some(b"metered") => refuse("this route has a flat price only"),
        Some(_) => refuse("flat or metered"),
    }
}

/// The body is one that the tool takes.
fn wants_stream(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Wish {
        #[serde(default)]
        stream: Option<bool>,
    }
    serde_json::from_slice::<Wish>(body).is_ok_and(|wish| wish.stream == Some(true))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let invalid = || Kind::InvalidHeader { name: "Idempotency-Key", rule: "once, 1 to 255 visible ASCII characters" };
    let mut keys = headers.get_all("idempotency-key");
    let Some(key) = keys.next() else { return Ok(None) };
    let key = key.to_str().map_err(|_| invalid())?.trim();
    // The draft writes it as a quoted string; most callers do not.
    let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if keys.next().is_some() || !visible || !(1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&key.len()) {
        return Err(invalid().into());
    }
    Ok(Some(key))
}

fn hashes(ingress: &Ingress, owner: &str, key: &str, request: String) -> IdempotencyHashes {
    let key = ingress.pepper.mac(b"idempotency-key", &[owner.as_bytes(), key.as_bytes()]);
    IdempotencyHashes { key: hex(&key), request }
}

/// What makes two requests the same, to an idempotency key and to a payment.
pub(super) fn request_hash(ingress: &Ingress, endpoint: &str, parts: &[&[u8]]) -> String {
    hex(&ingress.pepper.mac(b"idempotency-request", &[&[endpoint.as_bytes()], parts].concat()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// W3C trace context, if it is one: version, trace, parent and flags, and nothing that a caller could hide in it.
fn traceparent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("traceparent")?.to_str().ok()?;
    let lengths: Vec<_> = value.split('-').map(str::len).collect();
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte) || byte == b'-';
    (lengths == [2, 32, 16, 2] && value.bytes().all(hex)).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use actix_web::http::header::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn an_idempotency_key_is_read_with_and_without_quotes() {
        for value in ["a-1", "\"a-1\"", " a-1 "] {
            assert_eq!(idempotency_key(&headers("idempotency-key", &[value])).unwrap(), Some("a-1"));
        }
        assert_eq!(idempotency_key(&HeaderMap::new()).unwrap(), None);
        for values in [&[""][..], &["\"\""], &["a b"], &["a", "a"], &["é"], &["x".repeat(256).as_str()]] {
            assert!(idempotency_key(&headers("idempotency-key", values)).is_err(), "{values:?}");
        }
    }

    #[test]
    fn metered_pricing_is_refused_rather_than_ignored_where_there_is_no_meter() {
        let (flat, metered) = (offer(false), offer(true));
        for mode in ["Flat", "flat"] {
            assert_eq!(pricing(&headers("x-pricing", &[mode]), true, &flat).unwrap(), Pricing::Flat);
        }
        assert_eq!(pricing(&HeaderMap::new(), true, &metered).unwrap(), Pricing::Flat);
        assert_eq!(pricing(&headers("x-pricing", &["metered"]), true, &metered).unwrap(), Pricing::Metered);
        assert!(pricing(&headers("x-pricing", &["metered"]), true, &flat).is_err());
        assert!(pricing(&headers("x-pricing", &["metered"]), false, &metered).is_err(), "a payment is no balance");
        assert!(pricing(&headers("x-pricing", &["free"]), true, &metered).is_err());
    }

    fn offer(metered: bool) -> Offer {
        Offer {
            tool: String::new(),
            path: String::new(),
            endpoint: String::new(),
            price: aipaygen_events::MicroUsd::ZERO,
            queue: String::new(),
            check: false,
            metered,
            streams: false,
            timeout: Duration::ZERO,
            quote: None,
        }
    }

    #[test]
    fn a_stream_is_wanted_when_it_is_said() {
        let wanted: Vec<_> = [r#"{"stream":true}"#, r#"{"stream":false}"#, r#"{"stream":null}"#, "{}"]
            .map(|b| wants_stream(b.as_bytes()))
            .into();
        assert_eq!(wanted, [true, false, false, false]);
    }

    #[test]
    fn a_trace_context_is_passed_on_only_if_it_is_one() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(traceparent(&headers("traceparent", &[good])).as_deref(), Some(good));
        let secret = "00-my-secret-is-this-0123456789abcdef0123456789abcdef01";
        assert_eq!(traceparent(&headers("traceparent", &[secret])), None);
    }

    proptest! {
        #[test]
        fn a_header_of_noise_is_read_or_refused_and_never_a_panic(value in proptest::collection::vec(any::<u8>(), 0..300)) {
            let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
            for name in ["idempotency-key", "traceparent", "x-pricing"] {
                let mut headers = HeaderMap::new();
                headers.insert(HeaderName::from_static(name), value.clone());
                if let Ok(Some(key)) = idempotency_key(&headers) {
                    prop_assert!((1..=255).contains(&key.len()) && key.is_ascii());
                }
                prop_assert!(traceparent(&headers).is_none_or(|context| context.len() == 55));
                let _ = pricing(&headers, true, &offer(true));
            }
        }
    }
}
