//! Starting and stopping the keeper.

use std::sync::Arc;

use aipaygen_bus::{BusError, Serving, SharedBus};
use aipaygen_events::Timestamp;
use aipaygen_projections::Reader;
use aipaygen_vault::Vault;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::desk::{self, Desk};
use crate::dispatcher::Dispatcher;
use crate::settings::{ApiSettings, WebhookSettings};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a keeper needs.
pub struct Deps {
    /// Where it is asked, and where the fetch workers are.
    pub bus: SharedBus,
    /// What it keeps.
    pub vault: Vault,
    /// The log that it follows. It never appends.
    pub log: aipaygen_journal::Reader,
    /// Where it looks for balances.
    pub reader: Reader,
    /// How it keeps the catalogue.
    pub apis: ApiSettings,
    /// How it keeps webhooks.
    pub webhooks: WebhookSettings,
    /// What time it is.
    pub clock: Clock,
}

/// A keeper that serves.
pub struct Keeper {
    servings: Vec<Serving>,
    stop: CancellationToken,
    dispatcher: JoinHandle<()>,
}

impl Keeper {
    /// Starts a keeper; when this returns it can be reached.
    pub async fn start(deps: Deps) -> Result<Self, BusError> {
        let deps = Arc::new(deps);
        let servings = desk::serve_all(&Arc::new(Desk::new(deps.clone()))).await?;
        let stop = CancellationToken::new();
        let dispatcher = tokio::spawn(Dispatcher::new(deps).run(stop.clone()));
        Ok(Self { servings, stop, dispatcher })
    }

    /// Takes nothing more, and returns when what was taken is answered and what is on its way is told.
    pub async fn drain(self) {
        self.stop.cancel();
        self.servings.iter().for_each(|serving| serving.stop.cancel());
        for serving in self.servings {
            serving.drain().await;
        }
        if self.dispatcher.await.is_err() {
            tracing::error!("the dispatcher of webhooks panicked");
        }
    }
}
