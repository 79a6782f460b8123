//! Which tool is called, and who does it.

use std::sync::Arc;

use aipaygen_bus::page::PageRequest;
use aipaygen_bus::tool::{ToolOutcome, ToolRequest};
use aipaygen_bus::{Handler, Message, Request};
use async_trait::async_trait;

use super::batch::Batch;
use super::scrape::Scrape;
use super::search::{Search, Searching};
use crate::half::Half;
use crate::process::{JUDGE, Judge};
use crate::readers::Readers;
use crate::reply;
use crate::settings::Settings;

/// What the tools are done with.
pub(super) struct Desk {
    pub(super) fetches: Half,
    pub(super) readers: Readers,
    pub(super) search: Search,
    pub(super) settings: Settings,
}

/// Answers whether a call would be done, before it is charged.
pub(super) struct Check(pub(super) Arc<Desk>);

/// Does a call.
pub(super) struct Run(pub(super) Arc<Desk>);

/// Gives pages to other workers.
pub(super) struct Pages(pub(super) Arc<Desk>);

/// A call of one of the tools.
enum Call {
    Scrape(Scrape),
    Batch(Batch),
    Search(Searching),
}

impl Call {
    fn of(request: ToolRequest) -> Result<Self, ToolOutcome> {
        let ToolRequest { tool, body, .. } = request;
        let call = match tool.as_str() {
            "scrape" => serde_json::from_slice(&body).map(Self::Scrape),
            "scrape_batch" => serde_json::from_slice(&body).map(Self::Batch),
            "search" => serde_json::from_slice(&body).map(Self::Search),
            _ => return Err(ToolOutcome::Failed),
        };
        // Serde's text would quote the payload.
        call.map_err(|_| reply::invalid())
    }

    fn of_message(message: Message) -> Result<Self, ToolOutcome> {
        Self::of(ToolRequest::from_message(message).ok_or(ToolOutcome::Failed)?)
    }
}

impl Desk {
    /// Whether one of the URLs at least may be fetched.
    async fn judge(&self, urls: Vec<String>, request: &Request) -> ToolOutcome {
        let Ok(judge) = serde_json::to_vec(&Judge { urls }) else { return ToolOutcome::Failed };
        let reply = self.fetches.call(JUDGE, Message::new(judge), request.deadline).await;
        reply.and_then(ToolOutcome::from_message).unwrap_or(ToolOutcome::Failed)
    }
}

#[async_trait]
impl Handler for Check {
    async fn handle(&self, request: Request) -> Message {
        let outcome = match Call::of_message(request.message.clone()) {
            Ok(Call::Scrape(scrape)) => self.0.judge(vec![scrape.url], &request).await,
            Ok(Call::Batch(batch)) => self.0.judge(batch.urls, &request).await,
            Ok(Call::Search(_)) => self.0.search.check(),
            Err(refusal) => refusal,
        };
        outcome.into_message()
    }
}

#[async_trait]
impl Handler for Run {
    async fn handle(&self, request: Request) -> Message {
        let deadline = request.deadline;
        let outcome = match Call::of_message(request.message) {
            Ok(Call::Scrape(scrape)) => self.0.scrape(scrape, deadline).await,
            Ok(Call::Batch(batch)) => self.0.batch(batch, deadline).await,
            Ok(Call::Search(searching)) => self.0.search.search(searching).await,
            Err(refusal) => refusal,
        };
        outcome.into_message()
    }
}

#[async_trait]
impl Handler for Pages {
    async fn handle(&self, request: Request) -> Message {
        let outcome = match serde_json::from_slice(&request.message.payload) {
            Ok(PageRequest { url, chars_max }) => {
                let scrape = Scrape { max_chars: Some(chars_max), ..Scrape::of(url) };
                self.0.scrape(scrape, request.deadline).await
            }
            Err(_) => ToolOutcome::Failed,
        };
        outcome.into_message()
    }
}
