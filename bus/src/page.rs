//! What workers ask of each other: the text of a page. No caller reaches this subject; who asks for a page on a caller's
//! behalf passes the refusal on as it is.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::tool::ToolOutcome;
use crate::{Bus, Message, RequestError};

/// The subject on which the workers of the queue `fetch` give pages to other workers.
pub const PAGE_SUBJECT: &str = "cmd.fetch.page";

/// A request for the readable text of a page, in Markdown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PageRequest {
    /// Where it is, as a caller has written it: the fetch worker judges it.
    pub url: String,
    /// How many characters are wanted at most.
    pub chars_max: usize,
}

impl PageRequest {
    /// Fetches and reads the page. The body of an answer is what `/scrape` answers, `text` among it; a refusal is for
    /// the caller, and costs nothing.
    pub async fn send(&self, bus: &dyn Bus, deadline: Instant) -> Result<ToolOutcome, RequestError> {
        let request = serde_json::to_vec(self).expect("a text and a number are JSON");
        let reply = bus.request(PAGE_SUBJECT, Message::new(request), deadline).await?;
        Ok(ToolOutcome::from_message(reply).unwrap_or(ToolOutcome::Failed))
    }
}
