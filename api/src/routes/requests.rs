//! What became of a paid request: for its owner, and without a byte of what was said.

use actix_web::{HttpResponse, web};
use aipaygen_bus::commands::{End, EndHow, Ended};
use aipaygen_events::RequestId;
use aipaygen_projections::{RequestRow, RequestStatus};
use serde_json::json;

use super::money;
use crate::auth::Owner;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

/// `GET /requests/{request}`. Somebody else's request answers as one that does not exist.
pub(super) async fn request(
    owner: Owner,
    ingress: web::Data<Ingress>,
    request: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let request: RequestId = request.parse().map_err(|_| Kind::NotFound)?;
    ingress.store.freshen().await?;
    let row = ingress.store.request(request).await?;
    let row = row.filter(|row| row.account == owner.account).ok_or(Kind::NotFound)?;
    let receipt = receipt(&ingress, &row).await;
    Ok(HttpResponse::Ok().json(json!({
        "request_id": row.request,
        "key": row.key,
        "endpoint": row.endpoint,
        "status": row.status,
        "http_status": row.http_status,
        "charged": row.charged,
        "price": row.price,
        "released": row.released,
        "tokens": row.tokens,
        "pricing": row.pricing,
        "tender": row.tender,
        "payment": row.payment,
        "voucher": row.voucher,
        "receipt": receipt,
        "refund_reason": row.reason,
        "refund_credit": row.credit,
        "charged_at": money::moment(row.charged_at),
        "ended_at": row.ended_at.and_then(money::moment),
        "duration_ms": row.duration_ms,
    })))
}

/// Receipts are not stored: the payments workers sign the one of a completed request anew when its end is asked
/// for once more, which changes nothing.
async fn receipt(ingress: &Ingress, row: &RequestRow) -> Option<String> {
    match row.status {
        RequestStatus::Open | RequestStatus::Refunded => return None,
        RequestStatus::Completed => {}
    }
    let duration_ms = row.duration_ms.unwrap_or_default();
    let how = EndHow::Complete { price: row.price, tokens: row.tokens, duration_ms };
    let status = row.http_status.unwrap_or_default();
    match ingress.payments(&End { request: row.request, purse: row.purse(), status, how }).await {
        Ok(Ended::Completed { receipt, .. }) => Some(receipt),
        Ok(Ended::Refunded { .. } | Ended::NotCharged | Ended::Unavailable) | Err(_) => None,
    }
}
