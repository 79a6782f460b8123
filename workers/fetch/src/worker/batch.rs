//! Many pages at once, at one price: some of them at the same time, and each with a result of its own.

use std::time::{Duration, Instant};

use aipaygen_bus::tool::ToolOutcome;
use futures::stream::{self, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};

use super::desk::Desk;
use super::scrape::{ANSWER_BYTES_MAX, Scrape};
use crate::document::Format;
use crate::reply;

/// What stands around each page of an answer.
const AROUND_BYTES_MAX: usize = 256;

/// How long before the deadline a batch is put together.
const MARGIN: Duration = Duration::from_secs(2);

/// The caller's JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Batch {
    pub(super) urls: Vec<String>,
    #[serde(default)]
    format: Format,
    max_chars: Option<usize>,
}

impl Desk {
    /// Fetches and reads the pages. If none is to be had, the first reason is the answer, and nothing is paid.
    pub(super) async fn batch(&self, batch: Batch, deadline: Instant) -> ToolOutcome {
        // What is late is told as such, instead of everything being late.
        let deadline = deadline.checked_sub(MARGIN).unwrap_or(deadline);
        let Batch { urls, format, max_chars } = batch;
        let bytes_max = (ANSWER_BYTES_MAX / urls.len().max(1)).saturating_sub(AROUND_BYTES_MAX);
        let scrapes = urls.into_iter().map(|url| {
            let scrape = Scrape { url, format, max_chars };
            self.scrape_within(bytes_max, scrape, deadline)
        });
        let outcomes: Vec<ToolOutcome> =
            stream::iter(scrapes).buffered(self.settings.fetches_per_batch_max).collect().await;
        if !outcomes.iter().any(|outcome| matches!(outcome, ToolOutcome::Answered { .. })) {
            return outcomes.into_iter().next().unwrap_or_else(reply::invalid);
        }
        let results: Vec<Value> = outcomes.into_iter().map(result).collect();
        reply::answered(&json!({ "results": results }))
    }
}

/// A page or a problem, in the order of the URLs.
fn result(outcome: ToolOutcome) -> Value {
    let problem = |code: &str, detail: &str| json!({"page": null, "error": {"code": code, "detail": detail}});
    match outcome {
        ToolOutcome::Answered { body, .. } => {
            let page: Value = serde_json::from_slice(&body).unwrap_or_default();
            json!({"page": page, "error": null})
        }
        ToolOutcome::Rejected { code, body, .. } => {
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            problem(&code, body["detail"].as_str().unwrap_or_default())
        }
        ToolOutcome::Failed | ToolOutcome::Upstream { .. } => {
            problem("tool-failed", "The page could not be fetched or read.")
        }
    }
}
