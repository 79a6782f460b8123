//! What an account has.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::money;
use crate::auth::Owner;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

/// `GET /auth/balance`
pub(super) async fn balance(owner: Owner, ingress: web::Data<Ingress>) -> Result<HttpResponse, Problem> {
    ingress.store.freshen().await?;
    let row = ingress.store.balance(owner.account).await?.ok_or(Kind::NotFound)?;
    let mut body = json!({ "account": row.account, "label": row.label });
    money::put(&mut body, "balance", row.balance);
    money::put(&mut body, "held", row.held);
    Ok(HttpResponse::Ok().json(body))
}
