//! What an account has used, by day and endpoint.

use actix_web::{HttpRequest, HttpResponse, web};
use aipaygen_events::Timestamp;
use aipaygen_projections::UsageRow;
use serde_json::{Value, json};
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, UtcDateTime};

use super::money;
use crate::auth::Owner;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

/// How many days are told unless asked for others.
const DAYS: i64 = 30;
/// How many days are told at most.
const DAYS_MAX: i64 = 366;

/// `GET /usage?from=YYYY-MM-DD&to=YYYY-MM-DD`, both days included, in UTC.
pub(super) async fn usage(
    owner: Owner,
    ingress: web::Data<Ingress>,
    http: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let to = parameter(&http, "to")?.unwrap_or_else(|| OffsetDateTime::now_utc().date());
    let from = parameter(&http, "from")?.unwrap_or(to.saturating_sub(Duration::days(DAYS - 1)));
    if !(0..DAYS_MAX).contains(&(to - from).whole_days()) {
        return Err(
            Kind::InvalidQuery { name: "from", rule: "a day not after `to`, and at most 366 days in all" }.into()
        );
    }
    ingress.store.freshen().await?;
    let rows = ingress.store.usage(owner.account, midnight(from), midnight(to)).await?;
    let rows: Vec<_> = rows.iter().map(describe).collect();
    Ok(HttpResponse::Ok().json(json!({ "from": from.to_string(), "to": to.to_string(), "usage": rows })))
}

fn describe(row: &UsageRow) -> Value {
    let mut usage = json!({
        "day": money::day(row.day),
        "endpoint": row.endpoint,
        "calls": row.calls,
        "completed": row.completed,
        "refunded": row.refunded,
        "tokens": row.tokens,
    });
    money::put(&mut usage, "spent", row.spent);
    usage
}

fn parameter(http: &HttpRequest, name: &'static str) -> Result<Option<Date>, Problem> {
    let pairs = http.query_string().split('&').filter_map(|pair| pair.split_once('='));
    let Some((_, value)) = pairs.into_iter().find(|(key, _)| *key == name) else { return Ok(None) };
    let parsed = Date::parse(value, format_description!("[year]-[month]-[day]"));
    parsed.map(Some).map_err(|_| Kind::InvalidQuery { name, rule: "a day such as 2026-01-31" }.into())
}

fn midnight(day: Date) -> Timestamp {
    let at = UtcDateTime::new(day, time::Time::MIDNIGHT).unix_timestamp();
    Timestamp::from_micros(at.saturating_mul(1_000_000))
}
