//! What is sold and for how much, told from the catalogue that prices and validates requests.

use actix_web::{HttpResponse, web};
use aipaygen_catalog::Tool;
use serde_json::{Value, json};

use super::resource::public_json;
use super::x402;
use crate::ingress::Ingress;
use crate::paid::Offer;
use crate::problem::{Kind, Problem};

/// `GET /tools`
pub(super) async fn tools(ingress: web::Data<Ingress>) -> HttpResponse {
    let tools: Vec<_> = ingress.catalog.tools().map(describe).collect();
    public_json(&json!({ "tools": tools }))
}

/// `GET /tools/{name}`
pub(super) async fn tool(ingress: web::Data<Ingress>, offer: web::Data<Offer>) -> Result<HttpResponse, Problem> {
    let tool = ingress.catalog.get(&offer.tool).ok_or(Kind::NotFound)?;
    Ok(public_json(&describe(tool)))
}

/// `GET /pricing`
pub(super) async fn pricing(ingress: web::Data<Ingress>) -> HttpResponse {
    let prices = ingress.catalog.tools().map(|tool| {
        let mut price = price(tool);
        price["name"] = tool.name.as_str().into();
        price["routes"] = routes(tool);
        price
    });
    public_json(&json!({
        "currency": "USD",
        "tenders": x402::tenders(&ingress),
        "x402": x402::payment(&ingress),
        "prices": prices.collect::<Vec<_>>(),
    }))
}

fn describe(tool: &Tool) -> Value {
    json!({
        "name": tool.name,
        "title": tool.title,
        "summary": tool.summary,
        "price": price(tool),
        "routes": routes(tool),
        "timeout_ms": tool.timeout_ms,
        "input_schema": tool.input_schema,
        "output_schema": tool.output_schema,
        "example": { "input": tool.example.input, "output": tool.example.output },
    })
}

fn price(tool: &Tool) -> Value {
    json!({ "mode": "flat", "price_usd": tool.price.to_string(), "price_micro_usd": tool.price })
}

fn routes(tool: &Tool) -> Value {
    let own = format!("POST /tools/{}", tool.name);
    let further = tool.routes.iter().map(|route| format!("POST {route}"));
    std::iter::once(own).chain(further).map(Value::from).collect()
}
