//! One page: fetched by one process, read by another.

use std::time::Instant;

use aipaygen_bus::Message;
use aipaygen_bus::tool::ToolOutcome;
use serde::Deserialize;

use super::desk::Desk;
use crate::document::{Document, Fetched, Format};
use crate::process::{FETCH, Fetch};
use crate::reply;

/// What a bus carries in one message, less its headers. NATS stops at 1 MiB.
pub(super) const ANSWER_BYTES_MAX: usize = 1024 * 1024 - 16 * 1024;

/// The caller's JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scrape {
    pub(super) url: String,
    #[serde(default)]
    pub(super) format: Format,
    pub(super) max_chars: Option<usize>,
}

impl Scrape {
    /// A page as it comes without asking for more.
    pub(super) fn of(url: String) -> Self {
        Self { url, format: Format::default(), max_chars: None }
    }
}

impl Desk {
    /// Fetches and reads a page.
    pub(super) async fn scrape(&self, scrape: Scrape, deadline: Instant) -> ToolOutcome {
        self.scrape_within(ANSWER_BYTES_MAX, scrape, deadline).await
    }

    /// The same, answered in so many bytes.
    pub(super) async fn scrape_within(&self, bytes_max: usize, scrape: Scrape, deadline: Instant) -> ToolOutcome {
        let Scrape { url, format, max_chars } = scrape;
        let fetched = match self.fetch(url, deadline).await {
            Ok(fetched) => fetched,
            Err(refusal) => return refusal,
        };
        if !(200..300).contains(&fetched.status) {
            return reply::status(fetched.status);
        }
        let chars_max = max_chars.unwrap_or(usize::MAX).min(self.settings.text_chars_max);
        let Fetched { url, content_type, body, .. } = fetched;
        self.readers.read(Document { url, content_type, body, format, chars_max, bytes_max }, deadline).await
    }

    async fn fetch(&self, url: String, deadline: Instant) -> Result<Fetched, ToolOutcome> {
        let fetch = serde_json::to_vec(&Fetch { url }).map_err(|_| ToolOutcome::Failed)?;
        let reply = self.fetches.call(FETCH, Message::new(fetch), deadline).await.ok_or(ToolOutcome::Failed)?;
        let refusal = |reply| ToolOutcome::from_message(reply).unwrap_or(ToolOutcome::Failed);
        Fetched::from_message(reply).map_err(refusal)
    }
}
