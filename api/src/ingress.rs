//! What all threads of the ingress share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use aipaygen_bus::commands::{Command, call};
use aipaygen_bus::{RequestError, SharedBus};
use aipaygen_catalog::Catalog;
use aipaygen_events::api_key::Pepper;
use futures::FutureExt;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use crate::apis::ApiCache;
use crate::auth::Keys;
use crate::edge::Gate;
use crate::ends::Ends;
use crate::paid::Overload;
use crate::problem::{Kind, Problem};
use crate::routes::{Health, ReceiptKeyCache};
use crate::settings::Settings;
use crate::store::Store;

/// What a request needs to be answered.
pub(crate) struct Ingress {
    pub(crate) settings: Settings,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) bus: SharedBus,
    pub(crate) pepper: Pepper,
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    pub(crate) gate: Arc<Gate>,
    pub(crate) overload: Overload,
    pub(crate) ends: Arc<Ends>,
    pub(crate) health: Health,
    pub(crate) receipt_keys: ReceiptKeyCache,
    pub(crate) apis: ApiCache,
    /// The URL that the public uses.
    pub(crate) public_url: String,
    /// What is published about security: the same value wherever it is shown.
    pub(crate) security: Arc<Value>,
    /// Work that must come to its end though its caller has gone, on the runtime of the process.
    pub(crate) lasting: Lasting,
    pub(crate) stopping: AtomicBool,
}

/// The runtime of the process, which outlives the threads that serve HTTP.
#[derive(Clone)]
pub(crate) struct Lasting {
    pub(crate) runtime: Handle,
    pub(crate) tasks: TaskTracker,
}

impl Lasting {
    /// Does the work to its end, even if the answer is no longer awaited. A panic in it is a problem of ours.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        let work = std::panic::AssertUnwindSafe(work).catch_unwind();
        match self.tasks.spawn_on(work, &self.runtime).await {
            Ok(Ok(outcome)) => outcome,
            // What it panicked with stays untold: it may hold a payload. A runtime that stops drops its tasks.
            Ok(Err(_)) | Err(_) => Err(Kind::Internal.into()),
        }
    }
}

impl Ingress {
    /// Sends a command to the payments workers and awaits the reply.
    pub(crate) async fn payments<C: Command>(&self, command: &C) -> Result<C::Reply, RequestError> {
        let deadline = Instant::now() + self.settings.payments_timeout();
        call(self.bus.as_ref(), command, deadline).await
    }

    /// Not now.
    pub(crate) fn overloaded(&self) -> Problem {
        Kind::Overloaded { retry_after_s: self.settings.retry_after_s }.into()
    }

    /// Not now, since a part of us cannot be reached.
    pub(crate) fn unavailable(&self) -> Problem {
        Kind::Unavailable { retry_after_s: self.settings.retry_after_s }.into()
    }

    /// Whether the process has been asked to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
