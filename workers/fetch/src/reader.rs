//! Reads documents that strangers have made: HTML, PDF and plain text become one shape.
//!
//! Parsers of such documents can be made to loop, to eat memory or to fall over. So this runs in a process that has
//! neither files nor network, reads one document at a time, and is ended by its parent when it takes too long.

mod charset;
mod html;
mod kind;
mod language;
mod page;
mod pdf;
mod plain;

use std::io;
use std::sync::Arc;
use std::thread;

use aipaygen_bus::tool::ToolOutcome;
use aipaygen_bus::{Handler, Message, Request};
use async_trait::async_trait;
use tokio::sync::oneshot;

use crate::document::Document;
use crate::reply;
use crate::settings::Settings;
use kind::Kind;
pub(crate) use page::Page;

/// Deep documents are walked by recursion; what is deeper than that is refused before.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Why a document is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Neither HTML nor PDF nor plain text.
    Kind,
    /// Broken, too deep, too large, or made to be so.
    Content,
}

/// Reads the documents of a parent.
pub(crate) struct Reader {
    settings: Arc<Settings>,
}

impl Reader {
    pub(crate) fn new(settings: Arc<Settings>) -> Self {
        Self { settings }
    }
}

#[async_trait]
impl Handler for Reader {
    async fn handle(&self, request: Request) -> Message {
        let Some(document) = Document::from_message(request.message) else {
            return ToolOutcome::Failed.into_message();
        };
        let links_max = self.settings.links_max;
        let bytes_max = document.bytes_max;
        let outcome = match apart(move || read(&document, links_max)).await {
            Ok(Some(Ok(page))) => page.into_outcome(bytes_max),
            Ok(Some(Err(Unreadable::Kind))) => reply::unsupported(),
            // A parser that has panicked has met its document.
            Ok(Some(Err(Unreadable::Content)) | None) => reply::unreadable(),
            Err(_) => ToolOutcome::Failed,
        };
        outcome.into_message()
    }
}

/// Reads one document.
pub(crate) fn read(document: &Document, links_max: usize) -> Result<Page, Unreadable> {
    match Kind::of(document.content_type.as_deref(), &document.body) {
        Kind::Html => html::read(document, links_max),
        Kind::Pdf => pdf::read(document),
        Kind::Plain => Ok(plain::read(document)),
        Kind::Other => Err(Unreadable::Kind),
    }
}

/// The result of `work` on a thread with a large stack; `None` if it panicked.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<Option<T>> {
    let (sender, receiver) = oneshot::channel();
    thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        // Whoever asked may have left.
        let _ = sender.send(work());
    })?;
    Ok(receiver.await.ok())
}

#[cfg(test)]
mod tests;
