//! The models as `OpenAI` lists them: those that can be asked now.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::models::available;
use super::resource::public_json;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

/// `GET /v1/models`
pub(super) async fn models(ingress: web::Data<Ingress>) -> Result<HttpResponse, Problem> {
    let aliases = available(&ingress).await.ok_or_else(|| ingress.unavailable())?;
    let models: Vec<_> = aliases.iter().filter_map(|alias| describe(&ingress, alias)).collect();
    Ok(public_json(&json!({ "object": "list", "data": models })))
}

/// `GET /v1/models/{model}`
pub(super) async fn model(ingress: web::Data<Ingress>, alias: web::Path<String>) -> Result<HttpResponse, Problem> {
    let aliases = available(&ingress).await.ok_or_else(|| ingress.unavailable())?;
    let alias = aliases.iter().find(|other| **other == *alias).ok_or(Kind::NotFound)?;
    Ok(public_json(&describe(&ingress, alias).ok_or(Kind::NotFound)?))
}

/// When a model was made is not known here: 0 stands for that.
fn describe(ingress: &Ingress, alias: &str) -> Option<Value> {
    let model = ingress.catalog.models().get(alias)?;
    Some(json!({ "id": model.alias, "object": "model", "created": 0, "owned_by": model.provider }))
}
