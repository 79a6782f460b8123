//! The role `projector`: keeps the read models up with the log. Any number may run; one at a time writes.

use aipaygen_journal::Reader;
use aipaygen_journal::db::Db;
use aipaygen_projections::{Deps, Standing};
use tokio::sync::watch;

use super::shutdown;
use crate::config::Config;

/// Runs the role by itself. It never appends: a reader of the log is enough.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    let shutdown = shutdown::requested()?;
    let log = Reader::open(&config.database).await?;
    let deps = deps(&config, log).await?;
    shutdown::within_grace(&config.shutdown, shutdown.clone(), async {
        aipaygen_projections::run(deps, shutdown).await;
        Ok(())
    })
    .await
}

/// What a projector of this process works with.
pub(super) async fn deps(config: &Config, journal: Reader) -> anyhow::Result<Deps> {
    let db = Db::open(&config.database).await?;
    let (standing, _) = watch::channel(Standing::default());
    Ok(Deps { journal, db, settings: config.projections.clone(), standing })
}
