//! `aipaygen webhooks`: deliveries that were given up, as support sees them: ids and a word, no URL and no content.

use std::process::ExitCode;

use aipaygen_events::{DeliveryId, WebhookId};
use aipaygen_payments::Clock;
use aipaygen_vault::Delivery;
use anyhow::ensure;
use clap::{Args, Subcommand};
use serde_json::json;

use super::output;
use crate::config::Config;
use crate::roles;

/// What can be done with webhooks.
#[derive(Debug, Subcommand)]
pub(crate) enum Webhooks {
    /// List deliveries that were given up, the newest first
    Dead {
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Print JSON, one delivery a line
        #[arg(long)]
        json: bool,
    },
    /// Take up deliveries that were given up
    Redeliver {
        #[command(flatten)]
        which: Which,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Which deliveries.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// One of them, `msg_…`
    delivery: Option<DeliveryId>,
    /// All of a webhook, `wh_…`
    #[arg(long)]
    webhook: Option<WebhookId>,
}

pub(crate) async fn run(command: Webhooks, config: &Config) -> anyhow::Result<ExitCode> {
    let vault = roles::vault(config).await?;
    match command {
        Webhooks::Dead { limit, json } => dead(&vault.dead(limit).await?, json)?,
        Webhooks::Redeliver { which, json } => {
            let now = Clock::system().now();
            let taken_up = match (which.delivery, which.webhook) {
                (Some(delivery), _) => vault.redeliver(delivery, now).await?,
                (None, Some(webhook)) => vault.redeliver_all(webhook, now).await?,
                (None, None) => 0,
            };
            ensure!(taken_up > 0, "nothing of that was given up");
            if json {
                output::json(&json!({ "taken_up": taken_up }))?;
            } else {
                output::text(format_args!("took up {taken_up}"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn dead(deliveries: &[Delivery], json: bool) -> anyhow::Result<()> {
    if json {
        return deliveries.iter().try_for_each(|dead| {
            output::json(&json!({
                "delivery": dead.id, "webhook": dead.webhook, "account": dead.account, "event": dead.event,
                "position": dead.position, "attempts": dead.attempts, "outcome": dead.outcome, "made_at": dead.made_at,
            }))
        });
    }
    let rows = deliveries.iter().map(|dead| {
        [
            dead.id.to_string(),
            dead.webhook.to_string(),
            dead.event.clone(),
            dead.attempts.to_string(),
            dead.outcome.clone(),
        ]
    });
    output::table(["DELIVERY", "WEBHOOK", "EVENT", "ATTEMPTS", "OUTCOME"], rows);
    Ok(())
}
