//! What an account has.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::money;
use crate::auth::Caller;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

/// `GET /auth/balance`
pub(super) async fn balance(caller: Caller, ingress: web::Data<Ingress>) -> Result<HttpResponse, Problem> {
    ingress.store.freshen().await?;
    let row = ingress.store.balance(caller.account).await?.ok_or(Kind::NotFound)?;
    let mut body = json!({ "account": row.account, "label": row.label });
    money::put(&mut body, "balance", row.balance);
    money::put(&mut body, "held", row.held);
    Ok(HttpResponse::Ok().json(body))
}
