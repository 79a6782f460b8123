//! The role `api`: the HTTP ingress. It reads the read models and writes nothing but to the bus.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_api::{Bound, Deps, X402};
use aipaygen_bus::SharedBus;
use aipaygen_journal::db::Db;
use aipaygen_projections::{LogHead, Reader};
use aipaygen_x402::Settle;
use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde::Serialize;

use super::{catalog, pepper, shared_bus, shutdown};
use crate::cli::output;
use crate::config::Config;

/// The line that scripts wait for.
#[derive(Serialize)]
struct Ready {
    url: String,
    key: Option<String>,
    admin_url: String,
}

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
    let recorder = PrometheusBuilder::new().install_recorder().context("metrics")?;
    let deps = Deps {
        bus,
        reader,
        log_head: LogHead::new(log),
        catalog: Arc::new(catalog(&config.catalog)?),
        x402: x402(&config.x402)?,
        pepper: pepper(config)?,
        metrics: Arc::new(move || recorder.render()),
        grace: config.shutdown.grace(),
    };
    Ok(aipaygen_api::bind(deps, config.server.clone()).await?)
}

/// What callers are told of x402, if it is set up: none of what only the payments workers may know.
fn x402(settings: &aipaygen_x402::Settings) -> anyhow::Result<Option<X402>> {
    let facilitator_url = match settings.settle {
        Settle::Facilitator => Some(settings.facilitator_url.clone()),
        Settle::Ourselves => None,
    };
    let settle_timeout = Duration::from_millis(settings.settle_timeout_ms);
    let terms = settings.terms().context("x402")?;
    Ok(terms.map(|terms| X402 { terms, facilitator_url, settle_timeout }))
}

/// Says that the service is ready: a line of JSON for scripts, or what to paste for people.
pub(super) fn announce(ingress: &Bound, key: Option<String>, json: bool) -> anyhow::Result<()> {
    let ready = Ready { url: ingress.url(), key, admin_url: ingress.admin_url() };
    if json {
        return output::json(&ready);
    }
    let Ready { url, key, admin_url } = ready;
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
