//! What is asked of every request before any route sees it: a head of bounded size, HTTPS, and the patience of
//! its address.

use actix_web::dev::ServiceRequest;
use actix_web::http::{Method, header};

use super::{Exchange, Gate};
use crate::problem::{Kind, Problem};

/// No route of ours has a longer target.
const TARGET_BYTES_MAX: usize = 4_096;
/// What separates the parts of a header field on the wire.
const FIELD_OVERHEAD: usize = ": \r\n".len();

/// Lets the request in, or says why not.
pub(super) fn admit(gate: &Gate, request: &ServiceRequest, exchange: &Exchange) -> Result<(), Problem> {
    let peer = request.peer_addr().map_or(std::net::IpAddr::from([0; 16]), |peer| peer.ip());
    exchange.set_client(gate.proxies.client(peer, request.headers()));
    let standing = gate.limits.address(exchange.client());
    exchange.stand(standing);
    standing.admitted()?;
    require_short_head(request, gate.head_bytes_max)?;
    if gate.proxies.plaintext(peer, request.headers()) {
        return Err(over_http(gate, request, exchange));
    }
    Ok(())
}

fn require_short_head(request: &ServiceRequest, bytes_max: usize) -> Result<(), Problem> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > TARGET_BYTES_MAX {
        return Err(Kind::UriTooLong.into());
    }
    let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + FIELD_OVERHEAD);
    if target + fields.sum::<usize>() > bytes_max {
        return Err(Kind::HeadTooLarge { bytes_max }.into());
    }
    Ok(())
}

/// A redirect is for those who gave nothing away; to our own name, whatever the request calls us.
fn over_http(gate: &Gate, request: &ServiceRequest, exchange: &Exchange) -> Problem {
    let asks_only = matches!(*request.method(), Method::GET | Method::HEAD);
    let gives_away = exchange.credentials_shown() || request.headers().contains_key(header::COOKIE);
    match &gate.public_url {
        Some(url) if asks_only && !gives_away && url.starts_with("https://") => {
            let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
            Kind::MovedToHttps { location: format!("{url}{target}") }.into()
        }
        Some(_) | None => Kind::HttpsRequired.into(),
    }
}
