//! `/.well-known/agent.json`: who we are, for agents.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::resource::public_json;
use super::x402;
use crate::ingress::Ingress;

/// `GET /.well-known/agent.json`
pub(super) async fn agent(ingress: web::Data<Ingress>) -> HttpResponse {
    let url = &ingress.public_url;
    let skills = ingress.catalog.tools().map(|tool| {
        json!({
            "id": tool.name,
            "name": tool.title,
            "description": tool.summary,
            "url": format!("{url}/tools/{}", tool.name),
            "price_usd": tool.price.to_string(),
        })
    });
    public_json(&json!({
        "name": "AiPayGen",
        "description": "Calls for AI agents, paid one by one.",
        "url": url,
        "version": env!("CARGO_PKG_VERSION"),
        "authentication": { "schemes": ["bearer", "x-api-key"], "key_format": "apk_…" },
        "payment": {
            "currency": "USD",
            "tenders": x402::tenders(&ingress),
            "x402": x402::payment(&ingress),
            "pricing": format!("{url}/pricing"),
        },
        "skills": skills.collect::<Vec<_>>(),
        "security": *ingress.security,
    }))
}
