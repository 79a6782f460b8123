//! The keeper of the vault, a part of the role `worker payments`.

use std::sync::Arc;

use aipaygen_bus::SharedBus;
use aipaygen_journal::Journal;
use aipaygen_keeper::{Deps, Keeper};
use aipaygen_payments::Clock;
use aipaygen_projections::Reader;

use super::vault;
use crate::config::Config;

/// Starts the keeper; when this returns it can be reached.
pub(super) async fn start(
    config: &Config,
    bus: SharedBus,
    journal: &Journal,
    reader: Reader,
    clock: Clock,
) -> anyhow::Result<Keeper> {
    let deps = Deps {
        bus,
        vault: vault(config).await?,
        log: journal.reader().clone(),
        reader,
        apis: config.apis.clone(),
        webhooks: config.webhooks.clone(),
        clock: Arc::new(move || clock.now()),
    };
    Ok(Keeper::start(deps).await?)
}
