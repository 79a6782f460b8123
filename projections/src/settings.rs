//! What an operator sets for the projector. The defaults stand in the shipped configuration file.

use std::time::Duration;

use serde::Deserialize;

/// The section `projections` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How many events are applied in one transaction at most.
    pub batch_events_max: u32,
    /// How long events gather from one transaction to the next.
    pub gather_ms: u64,
    /// How long after a failure it is tried again, at first; each further failure doubles it.
    pub retry_after_ms: u64,
    /// How long after a failure it is tried again at most.
    pub retry_after_max_ms: u64,
}

/// What is wrong with the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} must be above zero")]
pub struct SettingsError {
    /// Which setting.
    pub setting: &'static str,
}

impl Settings {
    /// Checks what the types do not.
    pub fn validate(&self) -> Result<(), SettingsError> {
        let above_zero = [
            ("batch_events_max", self.batch_events_max == 0),
            ("gather_ms", self.gather_ms == 0),
            ("retry_after_ms", self.retry_after_ms == 0),
        ];
        match above_zero.into_iter().find(|(_, zero)| *zero) {
            Some((setting, _)) => Err(SettingsError { setting }),
            None => Ok(()),
        }
    }

    /// The pace of the transactions.
    pub(crate) const fn gather(&self) -> Duration {
        Duration::from_millis(self.gather_ms)
    }

    /// How long to wait after so many failures in a row.
    pub(crate) fn retry_after(&self, failures: u32) -> Duration {
        let doubled = self.retry_after_ms.saturating_mul(1_u64.checked_shl(failures).unwrap_or(u64::MAX));
        Duration::from_millis(doubled.min(self.retry_after_max_ms.max(self.retry_after_ms)))
    }
}
