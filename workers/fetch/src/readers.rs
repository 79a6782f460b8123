//! The processes that read documents: each reads one at a time, and is ended if it takes too long for one.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aipaygen_bus::tool::ToolOutcome;
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use crate::document::Document;
use crate::half::Half;
use crate::process::READ;
use crate::reply;

/// All of them.
pub(crate) struct Readers {
    free: Mutex<Vec<Half>>,
    seats: Semaphore,
    timeout: Duration,
}

/// One that is reading. It is free again when this is dropped, as itself or, if it was not done, as its successor.
struct Busy<'a> {
    readers: &'a Readers,
    half: Option<Half>,
    done: bool,
}

impl Readers {
    pub(crate) fn new(halves: Vec<Half>, timeout_ms: u64) -> Self {
        let seats = Semaphore::new(halves.len());
        Self { free: Mutex::new(halves), seats, timeout: Duration::from_millis(timeout_ms) }
    }

    /// Has a document read.
    pub(crate) async fn read(&self, document: Document, deadline: Instant) -> ToolOutcome {
        let Ok(Ok(_seat)) = timeout_at(deadline.into(), self.seats.acquire()).await else {
            return ToolOutcome::Failed;
        };
        let Some(mut busy) = self.take() else { return ToolOutcome::Failed };
        let until = deadline.min(Instant::now() + self.timeout);
        let Some(half) = &busy.half else { return ToolOutcome::Failed };
        let reply = half.call(READ, document.into_message(), until).await;
        busy.done = reply.is_some();
        // Who dies of a document, or does not get through with it, has met a bad one.
        reply.map_or_else(reply::unreadable, |reply| ToolOutcome::from_message(reply).unwrap_or(ToolOutcome::Failed))
    }

    fn take(&self) -> Option<Busy<'_>> {
        let half = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Busy { readers: self, half: Some(half), done: false })
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let Some(half) = self.half.take() else { return };
        if !self.done {
            half.abandon();
        }
        self.readers.free.lock().unwrap_or_else(PoisonError::into_inner).push(half);
    }
}
