//! How we are: for callers, for whoever routes to us, and for whoever restarts us.

use std::time::{Duration, Instant};

use actix_web::{HttpResponse, web};
use aipaygen_bus::commands::{ReceiptKeys, call};
use serde_json::json;
use tokio::sync::Mutex;

use crate::ingress::Ingress;
use crate::problem::Problem;

/// How long an examination counts.
const FRESH_FOR: Duration = Duration::from_millis(500);
/// How long each part of us has to answer.
const PATIENCE: Duration = Duration::from_millis(800);

/// What the last examination has found. However many ask, one of them examines.
#[derive(Default)]
pub(crate) struct Health(Mutex<Option<(Instant, Found)>>);

#[derive(Clone, Copy)]
struct Found {
    bus: bool,
    read_models: bool,
    payments: bool,
}

impl Health {
    async fn found(&self, ingress: &Ingress) -> Found {
        let mut last = self.0.lock().await;
        if let Some((_, found)) = last.filter(|(at, _)| at.elapsed() < FRESH_FOR) {
            return found;
        }
        last.insert((Instant::now(), examine(ingress).await)).1
    }
}

async fn examine(ingress: &Ingress) -> Found {
    let read_models = async { tokio::time::timeout(PATIENCE, ingress.store.reachable()).await.unwrap_or(false) };
    let payments = async { call(ingress.bus.as_ref(), &ReceiptKeys {}, Instant::now() + PATIENCE).await.is_ok() };
    let (read_models, payments) = futures::join!(read_models, payments);
    Found { bus: *ingress.bus.connected().borrow(), read_models, payments }
}

/// `GET /health`: whether calls are being sold, and which part is missing if they are not.
pub(crate) async fn health(ingress: web::Data<Ingress>) -> HttpResponse {
    let Found { bus, read_models, payments } = ingress.health.found(&ingress).await;
    let parts = [("bus", bus), ("read_models", read_models), ("payments", payments)];
    let degraded: Vec<_> = parts.iter().filter(|(_, well)| !well).map(|(part, _)| *part).collect();
    let status = if degraded.is_empty() { "ok" } else { "degraded" };
    HttpResponse::Ok().json(json!({ "status": status, "degraded": degraded }))
}

/// `GET /livez`: this process turns its wheels.
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// `GET /readyz`: this process can take requests now.
pub(crate) async fn ready(ingress: web::Data<Ingress>) -> Result<HttpResponse, Problem> {
    let Found { bus, read_models, payments: _ } = ingress.health.found(&ingress).await;
    if bus && read_models && !ingress.is_stopping() {
        return Ok(HttpResponse::Ok().json(json!({ "status": "ok" })));
    }
    Err(ingress.unavailable())
}
