//! What is seen from outside of what happens here: one log line a request, and metrics. Both take fields of a
//! closed list; an address, a URL or a body is not among them.

use std::time::Duration;

use aipaygen_events::{KeyId, MicroUsd, RequestId};
use metrics::{counter, gauge, histogram};

/// The endpoint of a request that met no route, or did not live to meet one.
pub(crate) const NO_ENDPOINT: &str = "none";
/// In place of the status when the caller did not wait for one.
pub(crate) const CALLER_GONE: u16 = 499;

/// How a request went.
pub(crate) struct Answered<'a> {
    pub(crate) request: RequestId,
    /// The template of its route.
    pub(crate) endpoint: &'a str,
    pub(crate) status: u16,
    pub(crate) took: Duration,
    pub(crate) key: Option<KeyId>,
    pub(crate) price: Option<MicroUsd>,
}

/// Writes the line of a request, and counts it.
pub(crate) fn answered(answered: &Answered<'_>) {
    let Answered { request, endpoint, status, took, key, price } = answered;
    let duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let key = key.as_ref().map(KeyId::as_str);
    let price_micro_usd = price.map(MicroUsd::micro_usd);
    tracing::info!(request_id = %request, endpoint, status, duration_us, key, price_micro_usd, "answered");
    let endpoint = (*endpoint).to_owned();
    counter!("http_requests_total", "endpoint" => endpoint.clone(), "status" => class(*status)).increment(1);
    histogram!("http_request_duration_seconds", "endpoint" => endpoint).record(took.as_secs_f64());
}

/// How many paid requests are between their body and their settlement.
pub(crate) fn paid_in_flight(count: usize) {
    gauge!("paid_requests_in_flight").set(u32::try_from(count).unwrap_or(u32::MAX));
}

/// How many paid requests and ends of charges are at work, whether or not a caller waits for them.
pub(crate) fn lasting_tasks(count: usize) {
    gauge!("lasting_tasks").set(u32::try_from(count).unwrap_or(u32::MAX));
}

/// The end of a charge did not get onto its queue: the reaper will decide it.
pub(crate) fn end_left_to_the_reaper(request: RequestId) {
    counter!("charge_ends_left_to_the_reaper_total").increment(1);
    tracing::error!(request_id = %request, "the end of a charge could not be queued, the reaper will refund it");
}

/// A charge was left open by our own fault and is being refunded.
pub(crate) fn charge_dropped(request: RequestId) {
    counter!("charges_dropped_total").increment(1);
    tracing::error!(request_id = %request, "a charge was dropped before its end, a refund is queued");
}

/// A paid request failed after its charge.
pub(crate) fn failed_after_charge(request: RequestId, reason: &'static str) {
    counter!("paid_requests_failed_total", "reason" => reason).increment(1);
    tracing::warn!(request_id = %request, reason, "failed after the charge");
}

/// The keeper of the vault has told of an API that this build cannot read.
pub(crate) fn unreadable_api() {
    counter!("unreadable_apis_total").increment(1);
    tracing::error!("an API that was added to the catalogue cannot be read, and is left out");
}

/// A part of us could not be asked.
pub(crate) fn unreachable(part: &'static str, error: &dyn std::error::Error) {
    counter!("unreachable_total", "part" => part).increment(1);
    tracing::warn!(part, %error, "could not be reached");
}

const fn class(status: u16) -> &'static str {
    match status {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        CALLER_GONE => "caller_gone",
        400..500 => "4xx",
        _ => "5xx",
    }
}
