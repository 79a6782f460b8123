//! The worker of the tool `ping`: answers at once, so that what is measured is the way there and back.

use std::sync::Arc;

use aipaygen_bus::tool::{ToolOutcome, ToolRequest, run_subject};
use aipaygen_bus::{Handler, Message, Request, ServeOptions, Serving, SharedBus};
use aipaygen_events::account::Tokens;
use async_trait::async_trait;
use bytes::Bytes;
use serde::Deserialize;

use crate::config::Config;
use crate::roles::{shared_bus, shutdown};

/// The section `ping`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// How many calls are answered at once; the next is told "busy".
    pub calls_in_flight_max: usize,
}

/// Runs the role by itself.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    let bus = shared_bus(&config, "worker ping").await?;
    let shutdown = shutdown::requested()?;
    let serving = start(&bus, config.ping).await?;
    shutdown::within_grace(&config.shutdown, shutdown.clone(), async {
        shutdown.cancelled().await;
        serving.drain().await;
        Ok(())
    })
    .await
}

struct Ping;

#[async_trait]
impl Handler for Ping {
    async fn handle(&self, request: Request) -> Message {
        let outcome = match ToolRequest::from_message(request.message) {
            Some(_) => {
                let body = Bytes::from_static(br#"{"pong":true}"#);
                ToolOutcome::Answered { body, tokens: Tokens::default(), model: None }
            }
            None => ToolOutcome::Failed,
        };
        outcome.into_message()
    }
}

/// Serves the queue `ping`; when this returns it can be reached.
pub(super) async fn start(bus: &SharedBus, settings: Settings) -> anyhow::Result<Serving> {
    let options = ServeOptions { subject: run_subject("ping"), concurrency: settings.calls_in_flight_max };
    Ok(bus.serve(options, Arc::new(Ping)).await?)
}
