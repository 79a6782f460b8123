//! The section `vault` of the configuration.

use secrecy::SecretString;
use serde::Deserialize;

use crate::keyring::Keyring;

/// The keys that everything in the vault hangs on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Key-encryption keys, each 32 random bytes in base64, with commas between. The first one wraps; the others
    /// still open what they have wrapped, until `aipaygen vault rotate` has been run.
    pub keys: SecretString,
}

/// What is wrong with the settings. Names a setting, never its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// No key at all.
    #[error(
        "keys is empty: set at least one key of 32 random bytes in base64, as `openssl rand -base64 32` prints them"
    )]
    NoKey,
    /// Not a key.
    #[error("keys must each be 32 random bytes in base64, as `openssl rand -base64 32` prints them, no two the same")]
    NotAKey,
}

impl Settings {
    /// Checks that the keys are keys.
    pub fn validate(&self) -> Result<(), SettingsError> {
        Keyring::parse(&self.keys).map(|_keyring| ())
    }
}
