//! The outermost layer: whatever happens within, every answer leaves with our request id, the security headers
//! and, if it is no success, as problem details. Panics and errors of inner layers end here too.

mod admit;
mod client;
mod exchange;
mod finish;
mod headers;

use std::future::{Ready, ready};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpMessage};
use futures::FutureExt;
use futures::future::LocalBoxFuture;

use crate::limits::Limits;
use crate::settings::Settings;
use client::Proxies;

pub(crate) use exchange::Exchange;
pub(crate) use headers::SECURITY_HEADERS;

/// What the outermost layer knows.
pub(crate) struct Gate {
    pub(crate) limits: Limits,
    proxies: Proxies,
    head_bytes_max: usize,
    public_url: Option<String>,
    /// What the type of a problem begins with.
    problem_types: String,
}

impl Gate {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            limits: Limits::new(settings),
            proxies: Proxies::new(settings),
            head_bytes_max: settings.head_bytes_max,
            public_url: settings.public_url.clone(),
            // Without a name of our own a relative reference, which the client resolves.
            problem_types: format!("{}/problems/", settings.public_url.as_deref().unwrap_or_default()),
        }
    }
}

impl Gate {
    /// What the type of a problem begins with.
    pub(crate) fn problem_types(&self) -> &str {
        &self.problem_types
    }
}

/// The layer, to be wrapped around the whole application and by nothing.
pub(crate) struct Edge(pub(crate) Arc<Gate>);

/// The layer around the application of one thread.
pub(crate) struct EdgeService<S> {
    gate: Arc<Gate>,
    service: Rc<S>,
}

impl<S> Transform<S, ServiceRequest> for Edge
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = EdgeService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(EdgeService { gate: self.0.clone(), service: Rc::new(service) }))
    }
}

impl<S> Service<ServiceRequest> for EdgeService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let exchange = Exchange::begin(&request);
        request.extensions_mut().insert(exchange.clone());
        let (gate, service) = (self.gate.clone(), self.service.clone());
        let inner = within(service, gate.clone(), request, exchange.clone());
        Box::pin(async move {
            let outcome = AssertUnwindSafe(inner).catch_unwind().await;
            finish::finish(outcome, &gate, &exchange)
        })
    }
}

/// Everything that may fail or panic.
async fn within<S>(
    service: Rc<S>,
    gate: Arc<Gate>,
    request: ServiceRequest,
    exchange: Exchange,
) -> Result<ServiceResponse<BoxBody>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    match admit::admit(&gate, &request, &exchange) {
        Ok(()) => service.call(request).await,
        Err(problem) => Ok(request.error_response(problem)),
    }
}

#[cfg(test)]
mod tests;
