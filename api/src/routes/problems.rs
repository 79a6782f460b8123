//! What the types of problems mean.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::resource::public_json;
use crate::problem::{Kind, Problem, all};

/// `GET /problems`
pub(super) async fn list() -> HttpResponse {
    public_json(&json!({ "problems": all().collect::<Vec<_>>() }))
}

/// `GET /problems/{slug}`
pub(super) async fn one(slug: web::Path<String>) -> Result<HttpResponse, Problem> {
    let about = all().find(|about| about.slug == *slug).ok_or(Kind::NotFound)?;
    Ok(public_json(about))
}
