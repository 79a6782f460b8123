//! What all threads of the ingress share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aipaygen_bus::commands::{Authorization, Authorize, Command, Payer, ToppedUp, Topup, call};
use aipaygen_bus::{RequestError, SharedBus};
use aipaygen_catalog::Catalog;
use aipaygen_events::api_key::Pepper;
use futures::FutureExt;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use crate::apis::ApiCache;
use crate::auth::{Keys, Sessions};
use crate::edge::Gate;
use crate::ends::Ends;
use crate::paid::{Overload, Settlement};
use crate::problem::{Kind, Problem};
use crate::routes::{Health, ReceiptKeyCache};
use crate::settings::Settings;
use crate::store::Store;
use crate::x402::X402;

/// What a request needs to be answered.
pub(crate) struct Ingress {
    pub(crate) settings: Settings,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) bus: SharedBus,
    pub(crate) pepper: Pepper,
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    pub(crate) sessions: Sessions,
    pub(crate) gate: Arc<Gate>,
    pub(crate) overload: Overload,
    pub(crate) ends: Arc<Ends>,
    pub(crate) health: Health,
    pub(crate) receipt_keys: ReceiptKeyCache,
    pub(crate) apis: ApiCache,
    /// Being paid by strangers, where that is set up.
    pub(crate) x402: Option<X402>,
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

    /// Has a request charged. A payment may have to settle first, which takes as long as a chain takes.
    pub(crate) async fn authorize(&self, command: &Authorize) -> Result<Authorization, RequestError> {
        let deadline = Instant::now() + self.patience(matches!(command.payer, Payer::X402 { .. }));
        call(self.bus.as_ref(), command, deadline).await
    }

    /// Has a payment put on an account.
    pub(crate) async fn top_up(&self, command: &Topup) -> Result<ToppedUp, RequestError> {
        call(self.bus.as_ref(), command, Instant::now() + self.patience(true)).await
    }

    fn patience(&self, settles: bool) -> Duration {
        let settlement = if settles { self.settlement_timeout() } else { Duration::ZERO };
        self.settings.payments_timeout() + settlement
    }

    /// How long a caller is kept waiting for a settlement.
    pub(crate) fn settlement_timeout(&self) -> Duration {
        self.x402.as_ref().map_or(Duration::ZERO, |x402| x402.settle_timeout)
    }

    /// Not now: whether a payment has settled is not known yet.
    pub(crate) fn pending(&self, settlement: Option<Settlement>) -> Problem {
        let retry_after_s = self.settings.payment_retry_after_s;
        Kind::PaymentPending { retry_after_s, settlement }.into()
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
