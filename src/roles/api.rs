//! The role `api`: the HTTP ingress. It reads the read models and writes nothing but to the bus.

use std::sync::Arc;

use aipaygen_api::{Bound, Deps};
use aipaygen_bus::SharedBus;
use aipaygen_journal::db::Db;
use aipaygen_projections::{LogHead, Reader};
use serde_json::json;

use super::{catalog, pepper, shared_bus, shutdown};
use crate::cli::output;
use crate::config::Config;

/// Runs the role by itself.
pub(crate) async fn run(config: Config, json: bool) -> anyhow::Result<()> {
    let shutdown = shutdown::requested()?;
    let bus = shared_bus(&config, "api").await?;
    let reader = Reader::new(Db::open_reading(&config.database).await?);
    let log = aipaygen_journal::Reader::open(&config.database).await?;
    let ingress = bind(&config, bus.clone(), reader, log).await?;
    announce(&ingress, None, json)?;
    shutdown::within_grace(&config.shutdown, shutdown.clone(), async {
        ingress.run(shutdown).await?;
        Ok(bus.drain().await?)
    })
    .await
}

/// Binds the ingress to its addresses; from now on connections wait for [`Bound::run`].
pub(super) async fn bind(
    config: &Config,
    bus: SharedBus,
    reader: Reader,
    log: aipaygen_journal::Reader,
) -> anyhow::Result<Bound> {
    let head = LogHead::new(move || {
        let log = log.clone();
        async move { Ok(log.head().await?.position) }
    });
    let catalog = Arc::new(catalog(&config.catalog)?);
    let deps = Deps { bus, reader, head, catalog, pepper: pepper(config)? };
    Ok(aipaygen_api::bind(deps, config.server.clone()).await?)
}

/// Says that the service is ready: a line of JSON for scripts, or what to paste for people.
pub(super) fn announce(ingress: &Bound, key: Option<String>, json: bool) -> anyhow::Result<()> {
    let (url, admin_url) = (ingress.url(), ingress.admin_url());
    if json {
        return output::json(&json!({"url": url, "key": key, "admin_url": admin_url}));
    }
    output::text(format_args!("aipaygen is ready at {url}   (metrics and probes at {admin_url})"));
    if let Some(key) = key {
        output::text(format_args!(
            "\nA demo key with 5 USD of promotional credit, shown only now:\n\n  {key}\n\nTry it:\n\n  \
             curl -i {url}/code/run -H 'Authorization: Bearer {key}' \\\n    \
             -H 'Content-Type: application/json' -d '{{\"code\": \"print(sum(range(10)))\"}}'\n  \
             curl {url}/auth/balance -H 'Authorization: Bearer {key}'\n"
        ));
    }
    Ok(())
}
