//! `/`: what there is, for somebody who has found the address and nothing else.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::resource::public_json;
use crate::ingress::Ingress;

/// `GET /`
pub(super) async fn index(ingress: web::Data<Ingress>) -> HttpResponse {
    public_json(&json!({
        "name": "AiPayGen",
        "summary": "Calls for AI agents, paid one by one.",
        "tools": "/tools",
        "pricing": "/pricing",
        "agent": "/.well-known/agent.json",
        "x402": ingress.x402.as_ref().map(|_| "/.well-known/x402"),
        "security": "/security",
        "health": "/health",
        "problems": "/problems",
        "url": ingress.public_url,
    }))
}
