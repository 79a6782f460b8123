//! What an operator sets for the payments workers. The defaults stand in the shipped configuration file.

use std::time::Duration;

use aipaygen_events::api_key::Pepper;
use secrecy::SecretString;
use serde::Deserialize;

/// The settings of a payments worker.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How many commands of each subject are worked on at once; the next is answered "busy".
    pub commands_in_flight_max: usize,
    /// How many ends of the durable queue are worked on at once.
    pub queued_ends_in_flight_max: usize,
    /// How long a command may take that nobody's deadline bounds: of the queue, the reaper and the command line.
    pub command_timeout_ms: u64,
    /// How many accounts are remembered between requests.
    pub accounts_cached_max: u64,
    /// How often charges without an end are looked for.
    pub reaper_interval_ms: u64,
    /// How long after its deadline a charge is left to whoever may still end it.
    pub reaper_grace_ms: u64,
    /// How many charges one look gives back at most.
    pub reaper_batch_max: u32,
    /// How often the chain is asked what became of payments that nobody is settling, and vouchers past their time are
    /// looked for.
    pub reconciler_interval_ms: u64,
    /// How many of each one look decides at most.
    pub reconciler_batch_max: u32,
    /// How long a payment is left to the worker that has claimed it, before another goes on with it.
    pub settlement_timeout_ms: u64,
    /// How long a payment that has settled too late for its request waits to be shown again by whoever was told to,
    /// before it becomes a refund voucher.
    pub unserved_payment_ms: u64,
    /// How many days a refund voucher is good for.
    pub voucher_valid_days: u64,
    /// The `iss` of receipts: the public URL of the service.
    pub receipt_issuer: String,
    /// The Ed25519 key that signs receipts: 32 random bytes in base64.
    pub receipt_signing_key: SecretString,
    /// The public keys (`x` of their JWKs) of receipts signed before the key was changed.
    pub receipt_previous_public_keys: Vec<String>,
    /// The secret under which API keys are hashed, the same for every role that checks keys.
    pub key_pepper: SecretString,
}

/// What is wrong with the settings. Names a setting, never its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A bound that lets nothing through.
    #[error("{setting} must be above zero")]
    Zero {
        /// Which setting.
        setting: &'static str,
    },
    /// Receipts need an issuer.
    #[error("receipt_issuer is empty: set the public URL of the service")]
    Issuer,
    /// Not a signing key.
    #[error("receipt_signing_key must be 32 random bytes in base64, as `openssl rand -base64 32` prints them")]
    SigningKey,
    /// Not a public key.
    #[error("receipt_previous_public_keys must each be an Ed25519 public key in base64url, the x of its JWK")]
    PreviousKey,
    /// Too short a pepper.
    #[error("key_pepper must have at least {} characters", Pepper::LEN_MIN)]
    Pepper,
}

impl Settings {
    /// Checks what the types do not: bounds above zero, and secrets that are what they should be.
    pub fn validate(&self) -> Result<(), SettingsError> {
        self.validate_bounds()?;
        self.pepper()?;
        crate::receipts::Receipts::try_new(self).map(|_| ())
    }

    fn validate_bounds(&self) -> Result<(), SettingsError> {
        let above_zero = [
            ("commands_in_flight_max", self.commands_in_flight_max == 0),
            ("queued_ends_in_flight_max", self.queued_ends_in_flight_max == 0),
            ("command_timeout_ms", self.command_timeout_ms == 0),
            ("accounts_cached_max", self.accounts_cached_max == 0),
            ("reaper_interval_ms", self.reaper_interval_ms == 0),
            ("reaper_batch_max", self.reaper_batch_max == 0),
            ("reconciler_interval_ms", self.reconciler_interval_ms == 0),
            ("reconciler_batch_max", self.reconciler_batch_max == 0),
            ("settlement_timeout_ms", self.settlement_timeout_ms == 0),
            ("voucher_valid_days", self.voucher_valid_days == 0),
        ];
        match above_zero.into_iter().find(|(_, zero)| *zero) {
            Some((setting, _)) => Err(SettingsError::Zero { setting }),
            None if self.receipt_issuer.is_empty() => Err(SettingsError::Issuer),
            None => Ok(()),
        }
    }

    pub(crate) fn pepper(&self) -> Result<Pepper, SettingsError> {
        Pepper::parse(self.key_pepper.clone()).ok_or(SettingsError::Pepper)
    }

    pub(crate) const fn voucher_valid_ms(&self) -> u64 {
        self.voucher_valid_days.saturating_mul(24 * 60 * 60 * 1_000)
    }

    pub(crate) const fn command_timeout(&self) -> Duration {
        Duration::from_millis(self.command_timeout_ms)
    }
}
