//! The webhooks of an account: where its owner wants to be told of what happens.

use std::time::{Duration, Instant};

use actix_web::{HttpRequest, HttpResponse, web};
use aipaygen_bus::commands::call;
use aipaygen_bus::outbound::{JudgeUrl, Judged};
use aipaygen_bus::vault::{
    AddWebhook, Changed, ListWebhooks, RemoveWebhook, RotateWebhook, WebhookAdded, WebhookRotated, WebhookShown,
};
use aipaygen_events::{DeliveryId, MicroUsd, WebhookId};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::form::{self, Members, violation};
use super::money;
use crate::auth::Owner;
use crate::delivery::{self, Sent};
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

const URL_BYTES_MAX: usize = 2_048;
const BALANCE_LOW: &str = "balance.low";
const EVENTS: [&str; 4] = ["request.completed", "request.refunded", "credit.issued", BALANCE_LOW];

/// `GET /webhooks`
pub(super) async fn list(owner: Owner, ingress: web::Data<Ingress>) -> Result<HttpResponse, Problem> {
    let webhooks = ingress.payments(&ListWebhooks { account: owner.account }).await;
    let webhooks = webhooks.ok().flatten().ok_or_else(|| ingress.unavailable())?;
    let webhooks: Vec<_> = webhooks.iter().map(describe).collect();
    Ok(HttpResponse::Ok().json(json!({ "webhooks": webhooks })))
}

/// `POST /webhooks {url, events, low_balance_usd?}`: the only time that its secret is shown.
pub(super) async fn add(
    owner: Owner,
    ingress: web::Data<Ingress>,
    http: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let members = form::read(&ingress, &http, payload, &["url", "events", "low_balance_usd"]).await?;
    let (url, events) = (url(&members)?, events(&members)?);
    let low_balance = low_balance(&members, &events)?;
    judge(&ingress, &url).await?;
    let command = AddWebhook { account: owner.account, url, events, low_balance };
    match ingress.payments(&command).await {
        Ok(WebhookAdded::Added { webhook, secret }) => {
            let AddWebhook { url, events, low_balance, .. } = command;
            let low_balance_usd = low_balance.map(|amount| amount.to_string());
            let body = json!({ "webhook": webhook, "url": url, "events": events, "low_balance_usd": low_balance_usd, "secret": secret });
            Ok(HttpResponse::Created().insert_header(("location", format!("/webhooks/{webhook}"))).json(body))
        }
        Ok(WebhookAdded::TooMany { max }) => {
            Err(refused(409, "too-many-webhooks", &format!("An account has at most {max} webhooks.")))
        }
        Ok(WebhookAdded::PlainHttp) => Err(violation("/url", "format", "is an https:// URL")),
        Ok(WebhookAdded::Unavailable) | Err(_) => Err(ingress.unavailable()),
    }
}

/// `DELETE /webhooks/{webhook}`. Another account's webhook answers as one that does not exist.
pub(super) async fn remove(
    owner: Owner,
    ingress: web::Data<Ingress>,
    webhook: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let webhook = id(&webhook)?;
    match ingress.payments(&RemoveWebhook { account: owner.account, webhook }).await {
        Ok(Changed::Done) => Ok(HttpResponse::NoContent().finish()),
        Ok(Changed::Unknown | Changed::Invalid { .. }) => Err(Kind::NotFound.into()),
        Ok(Changed::Unavailable) | Err(_) => Err(ingress.unavailable()),
    }
}

/// `POST /webhooks/{webhook}/rotate`: a new secret, shown once; the one before signs too for a while.
pub(super) async fn rotate(
    owner: Owner,
    ingress: web::Data<Ingress>,
    webhook: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let webhook = id(&webhook)?;
    match ingress.payments(&RotateWebhook { account: owner.account, webhook }).await {
        Ok(WebhookRotated::Rotated { secret, previous_until }) => Ok(HttpResponse::Ok().json(json!({
            "webhook": webhook, "secret": secret, "previous_secret_until": money::moment(previous_until),
        }))),
        Ok(WebhookRotated::Unknown) => Err(Kind::NotFound.into()),
        Ok(WebhookRotated::Unavailable) | Err(_) => Err(ingress.unavailable()),
    }
}

/// `POST /webhooks/{webhook}/test`: one delivery now, and how it went in a word. What the endpoint answers is not told.
pub(super) async fn test(
    owner: Owner,
    ingress: web::Data<Ingress>,
    webhook: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let webhook = id(&webhook)?;
    let message = DeliveryId::from_uuid(Uuid::now_v7()).to_string();
    let body = delivery::text("webhook.test", &json!({ "webhook": webhook }));
    match delivery::deliver(&ingress, owner.account, Some(webhook), &message, body).await {
        Sent::Delivered(outcome) => {
            let delivered = outcome == aipaygen_bus::outbound::Delivered::Accepted;
            Ok(HttpResponse::Ok().json(json!({
                "webhook": webhook, "message": message, "delivered": delivered, "outcome": delivery::word(outcome),
            })))
        }
        Sent::NoWebhook => Err(Kind::NotFound.into()),
        Sent::Unavailable => Err(ingress.unavailable()),
    }
}

fn describe(webhook: &WebhookShown) -> Value {
    json!({
        "webhook": webhook.webhook,
        "url": webhook.url,
        "events": webhook.events,
        "low_balance_usd": webhook.low_balance.map(|amount| amount.to_string()),
        "made_at": money::moment(webhook.made_at),
        "previous_secret_until": webhook.previous_secret_until.and_then(money::moment),
        "deliveries_waiting": webhook.waiting,
        "deliveries_given_up": webhook.dead,
    })
}

/// The guard says whether we would ever connect there; it looks again at each delivery.
async fn judge(ingress: &Ingress, url: &str) -> Result<(), Problem> {
    let deadline = Instant::now() + Duration::from_millis(ingress.settings.payments_timeout_ms);
    match call(ingress.bus.as_ref(), &JudgeUrl { url: url.to_owned() }, deadline).await {
        Ok(Judged::Allowed) => Ok(()),
        Ok(Judged::Refused) => Err(refused(403, "address-refused", "The address is none that we connect to.")),
        Err(_) => Err(ingress.unavailable()),
    }
}

fn refused(status: u16, code: &str, detail: &str) -> Problem {
    let members = Map::from_iter([("detail".to_owned(), Value::from(detail))]);
    Kind::Rejected { status, code: code.to_owned(), members: Box::new(members) }.into()
}

fn id(text: &str) -> Result<WebhookId, Problem> {
    text.parse().map_err(|_| Kind::NotFound.into())
}

fn url(members: &Members) -> Result<String, Problem> {
    let url = members.get("url").and_then(Value::as_str);
    let url = url.filter(|url| (1..=URL_BYTES_MAX).contains(&url.len()) && !url.contains(char::is_control));
    url.map(str::to_owned).ok_or_else(|| violation("/url", "required", "is a URL of at most 2048 bytes"))
}

fn events(members: &Members) -> Result<Vec<String>, Problem> {
    let rule = "is a list of request.completed, request.refunded, credit.issued and balance.low";
    let wrong = || violation("/events", "enum", rule);
    let Some(Value::Array(named)) = members.get("events") else { return Err(wrong()) };
    // In our order, each once.
    let wanted: Vec<_> = EVENTS.iter().filter(|event| named.iter().any(|name| name == **event)).collect();
    let known = named.iter().all(|name| EVENTS.iter().any(|event| name == *event));
    if known { Ok(wanted.into_iter().map(|event| (*event).to_owned()).collect()) } else { Err(wrong()) }
}

fn low_balance(members: &Members, events: &[String]) -> Result<Option<MicroUsd>, Problem> {
    let wanted = events.iter().any(|event| event == BALANCE_LOW);
    let amount = members.get("low_balance_usd").map(|amount| amount.as_str().and_then(|text| text.parse().ok()));
    match (wanted, amount) {
        (true, Some(Some(amount))) => Ok(Some(amount)),
        (false, None) => Ok(None),
        (true, _) => {
            Err(violation("/low_balance_usd", "required", "is an amount of dollars as text, with balance.low"))
        }
        (false, Some(_)) => Err(violation("/low_balance_usd", "dependent", "is absent without balance.low")),
    }
}
