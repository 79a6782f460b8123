//! `/.well-known/security.txt` (RFC 9116).

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::ingress::Ingress;

/// How long the file counts from when it is asked for; the RFC recommends less than a year.
const VALID_DAYS: i64 = 180;

/// `GET /.well-known/security.txt`
pub(super) async fn security_txt(ingress: web::Data<Ingress>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(text(&ingress, OffsetDateTime::now_utc()))
}

fn text(ingress: &Ingress, now: OffsetDateTime) -> String {
    let url = &ingress.public_url;
    // Only a service for this machine alone may have no contact of its own.
    let policy = format!("{url}/security");
    let contact = ingress.settings.security_contact.as_ref().unwrap_or(&policy);
    let expires = now.saturating_add(Duration::days(VALID_DAYS)).replace_nanosecond(0).unwrap_or(now);
    let expires = expires.format(&Rfc3339).expect("a year of four digits");
    format!(
        "Contact: {contact}\nExpires: {expires}\nCanonical: {url}/.well-known/security.txt\nPolicy: {policy}\n\
         Preferred-Languages: en\n"
    )
}
