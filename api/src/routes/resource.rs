//! One path and its methods.

use actix_web::http::{Method, header};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, web};

use crate::problem::{Kind, Problem};

/// A path in the making.
pub(super) struct Endpoint {
    resource: Resource,
    methods: Vec<Method>,
}

impl Endpoint {
    pub(super) fn at(path: &str) -> Self {
        Self { resource: web::resource(path), methods: vec![Method::OPTIONS] }
    }

    /// HEAD comes with it: the framework leaves the body out.
    pub(super) fn get<F, A>(self, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::GET, handler.clone()).method(Method::HEAD, handler)
    }

    pub(super) fn post<F, A>(self, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::POST, handler)
    }

    pub(super) fn delete<F, A>(self, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::DELETE, handler)
    }

    fn method<F, A>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.methods.push(method.clone());
        Self { resource: self.resource.route(web::method(method).to(handler)), methods: self.methods }
    }

    /// With OPTIONS, and an answer to every other method.
    pub(super) fn build(self) -> Resource {
        let allow: Vec<_> = self.methods.iter().map(Method::as_str).collect();
        let allow = allow.join(", ");
        let options = allow.clone();
        self.resource
            .route(web::method(Method::OPTIONS).to(move || {
                let allow = options.clone();
                async move { HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish() }
            }))
            .default_service(web::to(move || {
                let allow = allow.clone();
                async move { Err::<HttpResponse, Problem>(Kind::MethodNotAllowed { allow }.into()) }
            }))
    }
}

/// For every path that is none of ours.
pub(super) async fn nothing_here() -> Result<HttpResponse, Problem> {
    Err(Kind::NotFound.into())
}

/// JSON that is the same for everybody until the next release.
pub(super) fn public_json<T: serde::Serialize>(value: &T) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=300")).json(value)
}
