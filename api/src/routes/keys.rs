//! The API keys of an account: listed, made and stopped by whoever holds one of them.

use actix_web::{HttpRequest, HttpResponse, web};
use aipaygen_bus::commands::{IssueKey, KeyIssuance, KeyRevocation, RevokeKey};
use aipaygen_events::{KeyId, Timestamp};
use aipaygen_projections::KeyRow;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::form::{self, Members, violation};
use super::money;
use crate::auth::Owner;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

const LABEL_CHARS_MAX: usize = 100;

/// `GET /auth/keys`
pub(super) async fn list(owner: Owner, ingress: web::Data<Ingress>) -> Result<HttpResponse, Problem> {
    ingress.store.freshen().await?;
    let keys = ingress.store.keys_of(owner.account).await?;
    let keys: Vec<_> = keys.iter().map(|row| describe(row, owner.key)).collect();
    Ok(HttpResponse::Ok().json(json!({ "keys": keys })))
}

/// `POST /auth/keys {label?, expires_at?}`: the only time that a key is shown.
pub(super) async fn issue(
    owner: Owner,
    ingress: web::Data<Ingress>,
    http: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let members = form::read(&ingress, &http, payload, &["label", "expires_at"]).await?;
    let Wanted { label, expires_at } = Wanted::of(&members)?;
    let command = IssueKey { account: owner.account, label: label.clone(), expires_at };
    match ingress.payments(&command).await {
        Ok(KeyIssuance::Issued { key, api_key }) => {
            // So that it works when its owner tries it.
            ingress.store.freshen().await.ok();
            let body = json!({ "key": key, "api_key": api_key, "label": label, "expires_at": expires_at.and_then(money::moment) });
            Ok(HttpResponse::Created().insert_header(("location", format!("/auth/keys/{key}"))).json(body))
        }
        Ok(KeyIssuance::NoAccount) => Err(Kind::NotFound.into()),
        Ok(KeyIssuance::Unavailable) | Err(_) => Err(ingress.unavailable()),
    }
}

/// `DELETE /auth/keys/{key}`. Another account's key answers as one that does not exist.
pub(super) async fn revoke(
    owner: Owner,
    ingress: web::Data<Ingress>,
    key: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key: KeyId = key.parse().map_err(|_| Kind::NotFound)?;
    match ingress.payments(&RevokeKey { account: owner.account, key }).await {
        Ok(KeyRevocation::Revoked) => {
            ingress.keys.revoke(key).await;
            Ok(HttpResponse::NoContent().finish())
        }
        Ok(KeyRevocation::UnknownKey) => Err(Kind::NotFound.into()),
        Ok(KeyRevocation::Unavailable) | Err(_) => Err(ingress.unavailable()),
    }
}

fn describe(row: &KeyRow, shown: Option<KeyId>) -> Value {
    json!({
        "key": row.key,
        "label": row.label,
        "issued_at": money::moment(row.issued_at),
        "expires_at": row.expires_at.and_then(money::moment),
        "revoked": row.revoked,
        "this_one": Some(row.key) == shown,
    })
}

/// A key as its owner wants it.
struct Wanted {
    label: String,
    expires_at: Option<Timestamp>,
}

impl Wanted {
    fn of(members: &Members) -> Result<Self, Problem> {
        Ok(Self { label: label(members)?, expires_at: expires_at(members)? })
    }
}

fn label(members: &Members) -> Result<String, Problem> {
    let rule = || violation("/label", "maxLength", "is a text of at most 100 characters without control characters");
    match members.get("label") {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(label))
            if label.chars().count() <= LABEL_CHARS_MAX && !label.contains(char::is_control) =>
        {
            Ok(label.clone())
        }
        Some(_) => Err(rule()),
    }
}

fn expires_at(members: &Members) -> Result<Option<Timestamp>, Problem> {
    let moment = match members.get("expires_at") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => OffsetDateTime::parse(text, &Rfc3339).ok(),
        Some(_) => None,
    };
    let later = moment.filter(|at| *at > OffsetDateTime::now_utc());
    let later =
        later.ok_or_else(|| violation("/expires_at", "format", "is a moment to come, as RFC 3339 writes it"))?;
    Ok(Some(Timestamp::from_micros(later.unix_timestamp().saturating_mul(1_000_000))))
}
