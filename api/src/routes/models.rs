//! The models that tools are answered by: what their tokens cost, what they can do, and which of them can be asked.

use std::time::{Duration, Instant};

use actix_web::{HttpResponse, web};
use aipaygen_bus::commands::call;
use aipaygen_bus::models::AvailableModels;
use aipaygen_catalog::Model;
use aipaygen_events::MicroUsd;
use serde_json::{Value, json};

use super::resource::public_json;
use crate::ingress::Ingress;

/// `GET /models`
pub(super) async fn models(ingress: web::Data<Ingress>) -> HttpResponse {
    let available = available(&ingress).await;
    let models: Vec<_> = ingress.catalog.models().iter().map(|model| describe(model, available.as_deref())).collect();
    public_json(&json!({ "currency": "USD", "per_tokens": 1_000_000, "models": models }))
}

/// The aliases that can be asked now; `None` if no ai worker says so.
pub(super) async fn available(ingress: &Ingress) -> Option<Vec<String>> {
    let deadline = Instant::now() + Duration::from_millis(ingress.settings.check_timeout_ms);
    call(ingress.bus.as_ref(), &AvailableModels {}, deadline).await.ok().map(|list| list.aliases)
}

fn describe(model: &Model, available: Option<&[String]>) -> Value {
    json!({
        "model": model.alias,
        "title": model.title,
        "provider": model.provider,
        "input_usd": usd(model.input_rate),
        "output_usd": usd(model.output_rate),
        "input_micro_usd": model.input_rate,
        "output_micro_usd": model.output_rate,
        "context_tokens": model.context_tokens,
        "output_tokens_max": model.output_tokens_max,
        "capabilities": model.capabilities,
        "available": available.map(|aliases| aliases.contains(&model.alias)),
    })
}

fn usd(rate: u64) -> Value {
    MicroUsd::new(rate).map_or(Value::Null, |rate| rate.to_string().into())
}
