//! The end of every exchange: whatever came from within becomes an answer that keeps the promises.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{Error, HttpResponse, ResponseError};

use super::{Exchange, Gate, headers};
use crate::observe;
use crate::problem::{self, Kind, Problem};

/// What came from within: an answer, an error of a layer, or a panic.
type Outcome = Result<Result<ServiceResponse, Error>, Box<dyn Any + Send>>;

/// Makes an answer of it, writes its line into the log and lets it go.
pub(super) fn finish(outcome: Outcome, gate: &Arc<Gate>, exchange: &Exchange) -> Result<ServiceResponse, Error> {
    let failed = match outcome {
        Ok(Ok(response)) => return Ok(answered(response, gate, exchange)),
        Ok(Err(error)) => Failed { error: Some(error), gate: gate.clone(), exchange: exchange.clone() },
        // What it panicked with stays untold: it may hold a payload.
        Err(_panic) => Failed { error: None, gate: gate.clone(), exchange: exchange.clone() },
    };
    exchange.finish(observe::NO_ENDPOINT, failed.status_code().as_u16());
    Err(failed.into())
}

fn answered(response: ServiceResponse, gate: &Gate, exchange: &Exchange) -> ServiceResponse {
    let endpoint = response.request().match_pattern();
    let (request, response) = response.into_parts();
    let mut response = explained(response, gate, exchange);
    headers::promise(response.headers_mut(), exchange);
    exchange.finish(endpoint.as_deref().unwrap_or(observe::NO_ENDPOINT), response.status().as_u16());
    ServiceResponse::new(request, response)
}

/// The answer, as a problem if it is no success. What the framework itself says of an error may quote the request.
fn explained(response: HttpResponse, gate: &Gate, exchange: &Exchange) -> HttpResponse {
    let status = response.status();
    let ours = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| problem::CONTENT_TYPES.contains(kind));
    match response.error() {
        Some(error) => explanation(Some(error), gate, exchange),
        None if (status.is_client_error() || status.is_server_error()) && !ours => {
            problem::answer(&Problem::of_status(status), exchange.request(), gate.problem_types(), exchange.face())
        }
        None => response,
    }
}

/// What is said of an error, or of a panic if there is none.
fn explanation(error: Option<&Error>, gate: &Gate, exchange: &Exchange) -> HttpResponse {
    let answer =
        |problem: &Problem| problem::answer(problem, exchange.request(), gate.problem_types(), exchange.face());
    match error.map(|error| (error.as_error::<Problem>(), error)) {
        Some((Some(problem), _)) => answer(problem),
        Some((None, other)) => answer(&Problem::of_status(other.as_response_error().status_code())),
        None => answer(&Kind::Internal.into()),
    }
}

/// A layer within has failed and left no response to write into: the answer is made where the framework asks
/// the error for one.
struct Failed {
    error: Option<Error>,
    gate: Arc<Gate>,
    exchange: Exchange,
}

impl ResponseError for Failed {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = explanation(self.error.as_ref(), &self.gate, &self.exchange);
        headers::promise(response.headers_mut(), &self.exchange);
        response
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was not answered", self.exchange.request())
    }
}
