//! The public keys of receipts. They belong to the payments workers; what those said last is kept here.

use std::time::{Duration, Instant};

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use aipaygen_bus::commands::{ReceiptKeySet, ReceiptKeys};
use tokio::sync::Mutex;

use crate::ingress::Ingress;
use crate::problem::Problem;

/// How long a key set is told without asking again.
const FRESH_FOR: Duration = Duration::from_secs(60);

/// The key set that was heard last. However many ask, one of them asks the payments workers.
#[derive(Default)]
pub(crate) struct ReceiptKeyCache(Mutex<Option<(Instant, String)>>);

impl ReceiptKeyCache {
    /// The JSON text; an old one rather than none.
    async fn jwks(&self, ingress: &Ingress) -> Result<String, Problem> {
        let mut heard = self.0.lock().await;
        if let Some((_, jwks)) = heard.as_ref().filter(|(at, _)| at.elapsed() < FRESH_FOR) {
            return Ok(jwks.clone());
        }
        match ingress.payments(&ReceiptKeys {}).await {
            Ok(ReceiptKeySet { jwks }) => Ok(heard.insert((Instant::now(), jwks)).1.clone()),
            Err(_) => heard.as_ref().map(|(_, jwks)| jwks.clone()).ok_or_else(|| ingress.unavailable()),
        }
    }
}

/// `GET /.well-known/jwks.json`
pub(super) async fn jwks(ingress: web::Data<Ingress>) -> Result<HttpResponse, Problem> {
    let jwks = ingress.receipt_keys.jwks(&ingress).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/jwk-set+json"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .body(jwks))
}
