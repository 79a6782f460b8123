//! `aipaygen keys`: API keys, as an operator makes and stops them.

use std::process::ExitCode;

use aipaygen_bus::commands::{KEY_REVOKED, KeyRevokedNotice, encode};
use aipaygen_events::{AccountId, KeyId, Timestamp};
use aipaygen_projections::KeyRow;
use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::output;
use crate::config::Config;
use crate::operator;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make a key, and an account for it unless --account names one. The key is shown once, here
    Issue(Issue),
    /// Stop a key, everywhere and for ever
    Revoke {
        /// The public part of the key: the 16 characters after `apk_`
        key: KeyId,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List the keys of an account, newest first
    List {
        /// The account, `acct_…`
        #[arg(long)]
        account: AccountId,
        /// Print JSON, one key a line
        #[arg(long)]
        json: bool,
    },
}

/// A key to be made.
#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// The account that the key pays from, `acct_…`; a new one if not given
    #[arg(long)]
    account: Option<AccountId>,
    /// A name for people
    #[arg(long, default_value = "")]
    label: String,
    /// Let the key expire after this many days
    #[arg(long, value_name = "DAYS")]
    expires_in_days: Option<u64>,
    /// Print JSON: `{"account":…,"key":…}`
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: Keys, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        Keys::Issue(issue) => issue_key(issue, config).await,
        Keys::Revoke { key, json } => revoke(key, json, config).await,
        Keys::List { account, json } => list(account, json, config).await,
    }
}

async fn issue_key(issue: Issue, config: &Config) -> anyhow::Result<ExitCode> {
    let operator = operator::open(config).await?;
    let account = match issue.account {
        Some(account) => account,
        None => {
            let account = AccountId::from_uuid(Uuid::now_v7());
            operator.payments.open_account(account, issue.label.clone()).await?;
            account
        }
    };
    let now = operator.clock.now();
    let expires_at = issue.expires_in_days.map(|days| now.plus_ms(days.saturating_mul(DAY_MS)));
    let key = operator.payments.issue_key(account, issue.label, expires_at).await?;
    // So that it works when its owner tries it: an ingress knows keys from the read models.
    operator.fresh_reader().await?;
    operator.close().await;
    if issue.json {
        output::json(&json!({"account": account, "key": key.expose()}))?;
    } else {
        output::text(format_args!("account  {account}\nkey      {}   (shown only now)", key.expose()));
    }
    Ok(ExitCode::SUCCESS)
}

async fn revoke(key: KeyId, json: bool, config: &Config) -> anyhow::Result<ExitCode> {
    let operator = operator::open(config).await?;
    let found = operator.fresh_reader().await?.key(&key).await?;
    let account = found.with_context(|| format!("there is no key {key}"))?.account;
    operator.payments.revoke_key(account, key).await?;
    tell_everybody(key, config).await;
    operator.close().await;
    if json {
        output::json(&json!({"account": account, "key": key, "revoked": true}))?;
    } else {
        output::text(format_args!("revoked {key} of {account}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The revocation stands in the log whether or not anybody hears of it; who does not forgets the key within a
/// second all the same.
async fn tell_everybody(key: KeyId, config: &Config) {
    if config.bus.backend != aipaygen_bus::Backend::Nats {
        return;
    }
    let told = async {
        let bus = aipaygen_bus::open(&config.bus).await?;
        bus.broadcast(KEY_REVOKED, encode(&KeyRevokedNotice { key })).await?;
        bus.drain().await
    };
    if let Err(error) = told.await {
        tracing::warn!(%error, "nobody was told of the revocation; caches run out within a second");
    }
}

async fn list(account: AccountId, json: bool, config: &Config) -> anyhow::Result<ExitCode> {
    let operator = operator::open(config).await?;
    let keys = operator.fresh_reader().await?.keys_of(account).await?;
    let now = operator.clock.now();
    operator.close().await;
    if json {
        for key in &keys {
            output::json(&json!({
                "key": key.key, "account": key.account, "label": key.label, "state": state(key, now),
                "issued_at": key.issued_at, "expires_at": key.expires_at,
            }))?;
        }
    } else {
        let rows = keys.iter().map(|key| [key.key.to_string(), state(key, now).to_owned(), key.label.clone()]);
        output::table(["KEY", "STATE", "LABEL"], rows);
    }
    Ok(ExitCode::SUCCESS)
}

fn state(key: &KeyRow, now: Timestamp) -> &'static str {
    match (key.revoked, key.expires_at) {
        (true, _) => "revoked",
        (false, Some(end)) if end <= now => "expired",
        (false, _) => "active",
    }
}
