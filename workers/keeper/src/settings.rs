//! The sections `apis` and `webhooks` of the configuration.

use std::time::Duration;

use serde::Deserialize;

/// The catalogue of APIs, as far as its keeper is concerned.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiSettings {
    /// Hosts of an intranet that an added API may be at, each with its port, such as `10.0.0.7:8080`: by address, and
    /// without TLS. The guard of the fetch workers has to allow them too.
    pub plain_hosts: Vec<String>,
    /// For how long a credential that was sealed for a request can be opened.
    pub sealed_ms: u64,
}

/// Webhooks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// How many an account may have.
    pub per_account_max: u32,
    /// Whether one may be at an http:// URL, where everybody between can read what is delivered.
    pub plain_http: bool,
    /// For how long the secret before a rotation signs too.
    pub rotation_grace_s: u64,
    /// For how long a process is the one that dispatches, without renewing that.
    pub lease_ms: u64,
    /// How many events are looked at in one transaction at most.
    pub batch_events_max: u32,
    /// How many deliveries are on their way at once.
    pub in_flight_max: usize,
    /// How long one attempt may take.
    pub attempt_timeout_ms: u64,
    /// The pause after the first, second, … failed attempt, a fifth more or less; after the last one it is given up.
    pub retry_pauses_s: Vec<u64>,
    /// For how long what was given up can be taken up again.
    pub dead_kept_days: u64,
}

/// What is wrong with the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A bound that lets nothing through.
    #[error("{setting} must be above zero")]
    Zero {
        /// Which setting.
        setting: &'static str,
    },
    /// A lease that ends while an attempt lasts.
    #[error(
        "webhooks.lease_ms must be at least twice webhooks.attempt_timeout_ms, so that one process at a time dispatches"
    )]
    Lease,
}

impl ApiSettings {
    /// Checks what the types do not.
    pub fn validate(&self) -> Result<(), SettingsError> {
        above_zero("apis.sealed_ms", self.sealed_ms)
    }
}

impl WebhookSettings {
    /// Checks what the types do not.
    pub fn validate(&self) -> Result<(), SettingsError> {
        above_zero("webhooks.batch_events_max", self.batch_events_max.into())?;
        above_zero("webhooks.in_flight_max", u64::from(self.in_flight_max > 0))?;
        above_zero("webhooks.attempt_timeout_ms", self.attempt_timeout_ms)?;
        let twice = self.attempt_timeout_ms.saturating_mul(2);
        if self.lease_ms < twice { Err(SettingsError::Lease) } else { Ok(()) }
    }

    pub(crate) const fn attempt_timeout(&self) -> Duration {
        Duration::from_millis(self.attempt_timeout_ms)
    }
}

const fn above_zero(setting: &'static str, value: u64) -> Result<(), SettingsError> {
    if value > 0 { Ok(()) } else { Err(SettingsError::Zero { setting }) }
}
