//! What an operator changes at the admin listener: the catalogue of third parties' APIs and their credentials. Whoever
//! does shows `server.operator_token`; a credential goes in and never comes out.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use aipaygen_bus::vault::{Changed, DeleteCredential, PutApi, RemoveApi, SetCredential};
use secrecy::ExposeSecret;
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::ingress::Ingress;

/// Adds the routes.
pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/apis", web::get().to(list))
        .route("/apis", web::put().to(put))
        .route("/apis/{api}", web::delete().to(remove))
        .route("/apis/{api}/credential", web::put().to(set_credential))
        .route("/apis/{api}/credential", web::delete().to(delete_credential));
}

/// `GET /apis`: all of them, and which have a credential.
async fn list(http: HttpRequest, ingress: web::Data<Ingress>) -> HttpResponse {
    if !is_operator(&http, &ingress) {
        return unauthorized();
    }
    let Ok(known) = ingress.apis.known(&ingress).await else { return answer(&Changed::Unavailable) };
    let apis = known.apis.iter().map(|api| {
        json!({ "api": api.id, "base_url": api.base_url, "auth": api.auth, "credential": known.has_credential(api) })
    });
    HttpResponse::Ok().json(json!({ "apis": apis.collect::<Vec<_>>() }))
}

/// `PUT /apis`, with the TOML of an API as its body.
async fn put(http: HttpRequest, ingress: web::Data<Ingress>, entry: String) -> HttpResponse {
    change(&http, &ingress, PutApi { entry }).await
}

/// `DELETE /apis/{api}`
async fn remove(http: HttpRequest, ingress: web::Data<Ingress>, api: web::Path<String>) -> HttpResponse {
    change(&http, &ingress, RemoveApi { api: api.into_inner() }).await
}

/// `PUT /apis/{api}/credential`, with the credential as its body.
async fn set_credential(
    http: HttpRequest,
    ingress: web::Data<Ingress>,
    api: web::Path<String>,
    value: String,
) -> HttpResponse {
    change(&http, &ingress, SetCredential { api: api.into_inner(), value }).await
}

/// `DELETE /apis/{api}/credential`
async fn delete_credential(http: HttpRequest, ingress: web::Data<Ingress>, api: web::Path<String>) -> HttpResponse {
    change(&http, &ingress, DeleteCredential { api: api.into_inner() }).await
}

async fn change<C>(http: &HttpRequest, ingress: &Ingress, command: C) -> HttpResponse
where
    C: aipaygen_bus::commands::Command<Reply = Changed>,
{
    if !is_operator(http, ingress) {
        return unauthorized();
    }
    answer(&ingress.payments(&command).await.unwrap_or(Changed::Unavailable))
}

/// An empty token is nobody's.
fn is_operator(http: &HttpRequest, ingress: &Ingress) -> bool {
    let token = ingress.settings.operator_token.expose_secret().as_bytes();
    let shown = http.headers().get(header::AUTHORIZATION).map(|value| value.as_bytes());
    let shown = shown.and_then(|value| value.strip_prefix(b"Bearer ")).unwrap_or_default();
    !token.is_empty() && bool::from(shown.ct_eq(token))
}

fn unauthorized() -> HttpResponse {
    HttpResponse::Unauthorized().insert_header((header::WWW_AUTHENTICATE, "Bearer")).finish()
}

fn answer(changed: &Changed) -> HttpResponse {
    match changed {
        Changed::Done => HttpResponse::NoContent().finish(),
        Changed::Unknown => HttpResponse::NotFound().finish(),
        Changed::Invalid { field, rule } => {
            HttpResponse::UnprocessableEntity().json(json!({ "field": field, "rule": rule }))
        }
        Changed::Unavailable => HttpResponse::ServiceUnavailable().finish(),
    }
}
