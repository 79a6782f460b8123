//! The catalogue of third parties' APIs: what `POST /api-call` can call.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use aipaygen_catalog::{ApiEntry, Search};
use serde_json::{Value, json};

use crate::apis::Known;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

const LIMIT: usize = 50;
const LIMIT_MAX: usize = 200;
const PARAMETERS: [&str; 5] = ["q", "category", "auth", "after", "limit"];
/// The tool that sells calls of them.
const API_CALL: &str = "api_call";

/// `GET /catalog?q=&category=&auth=&after=&limit=`
pub(super) async fn list(ingress: web::Data<Ingress>, http: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = query(&http)?;
    let get = |name: &str| query.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let limit = limit(get("limit"))?;
    let known = ingress.apis.known(&ingress).await?;
    let search = Search {
        words: get("q").unwrap_or_default(),
        category: get("category"),
        auth: get("auth"),
        after: get("after"),
    };
    let mut found = known.apis.search(&search);
    let page: Vec<_> = found.by_ref().take(limit).collect();
    let next = page.last().filter(|_| found.next().is_some()).map(|last| last.id.as_str());
    let apis: Vec<_> = page.iter().map(|api| brief(&ingress, &known, api)).collect();
    Ok(public(&json!({ "apis": apis, "categories": known.apis.categories(), "next": next })))
}

/// `GET /catalog/{id}`
pub(super) async fn one(ingress: web::Data<Ingress>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let known = ingress.apis.known(&ingress).await?;
    let api = known.apis.get(&id).ok_or(Kind::NotFound)?;
    let mut told = brief(&ingress, &known, api);
    told["endpoints"] = json!(api.endpoints);
    told["headers"] = json!(api.headers);
    told["rate_hint"] = json!(api.rate_hint);
    Ok(public(&told))
}

fn brief(ingress: &Ingress, known: &Known, api: &ApiEntry) -> Value {
    let usual = ingress.catalog.get(API_CALL).map(|tool| tool.price);
    let price = api.price.or(usual).unwrap_or_default();
    json!({
        "id": api.id,
        "name": api.name,
        "summary": api.summary,
        "categories": api.categories,
        "base_url": api.base_url,
        "docs_url": api.docs_url,
        "auth": api.auth.kind(),
        "available": known.is_callable(api),
        "price_usd": price.to_string(),
        "price_micro_usd": price,
    })
}

fn query(http: &HttpRequest) -> Result<BTreeMap<String, String>, Problem> {
    let unreadable = |_| Kind::InvalidQuery { name: "q", rule: "pairs of names and values, percent-encoded" };
    let query = web::Query::<BTreeMap<String, String>>::from_query(http.query_string()).map_err(unreadable)?;
    match query.keys().find(|name| !PARAMETERS.contains(&name.as_str())) {
        None => Ok(query.into_inner()),
        Some(_) => {
            Err(Kind::InvalidQuery { name: "q", rule: "only q, category, auth, after and limit are known" }.into())
        }
    }
}

fn limit(text: Option<&str>) -> Result<usize, Problem> {
    let Some(text) = text else { return Ok(LIMIT) };
    let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
    limit.ok_or_else(|| Kind::InvalidQuery { name: "limit", rule: "1 to 200" }.into())
}

/// An operator may add to it at any time.
fn public(value: &Value) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=10")).json(value)
}
