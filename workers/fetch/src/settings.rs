//! What an operator decides about fetches: one section of the configuration file.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::guard;

/// Limits of a fetch, and where it may lead.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which addresses may be asked.
    pub guard: guard::Settings,
    /// Name servers as `address` or `address:port`; none for those of `/etc/resolv.conf`.
    pub name_servers: Vec<String>,
    /// How long names may take to be looked up.
    pub dns_timeout_ms: u64,
    /// Certificates of authorities that are trusted besides the public ones, in PEM; empty for none.
    pub extra_roots: PathBuf,
    /// Who we say that we are. What stands before the first `/` is our name in a `robots.txt`.
    pub user_agent: String,
    /// Whether a `robots.txt` is honoured.
    pub robots_honoured: bool,
    /// How many sites' `robots.txt` are remembered, in memory.
    pub robots_cached_max: u64,
    /// For how long.
    pub robots_cached_s: u64,
    /// How long a connection may take.
    pub connect_timeout_ms: u64,
    /// How long the first byte of an answer may take from then on.
    pub first_byte_timeout_ms: u64,
    /// How long all of a fetch may take, its redirects included.
    pub total_timeout_ms: u64,
    /// Redirects that are followed.
    pub redirects_max: usize,
    /// Header fields of an answer.
    pub header_bytes_max: usize,
    /// A body as it comes over the wire.
    pub body_bytes_max: usize,
    /// A body when it is decompressed.
    pub decoded_bytes_max: usize,
    /// Every refusal takes a multiple of this, so that its time says nothing about its reason.
    pub refusal_step_ms: u64,
    /// Calls that are worked on at the same time; the next is told "busy".
    pub calls_in_flight_max: usize,
    /// Fetches from one host at the same time.
    pub fetches_per_host_max: usize,
    /// Fetches of one batch at the same time.
    pub fetches_per_batch_max: usize,
    /// Processes that read documents; 0 for one a core.
    pub readers: usize,
    /// How long one of them may take for a document, and how much memory it may use.
    pub reader_timeout_ms: u64,
    /// Memory that a reader may write to.
    pub reader_memory_bytes_max: u64,
    /// Text of a page that is given to who asks for no less.
    pub text_chars_max: usize,
    /// Links of a page that are given.
    pub links_max: usize,
}

impl Settings {
    /// Says which setting cannot be.
    pub fn validate(&self) -> Result<(), InvalidSetting> {
        let above_zero = [
            ("calls_in_flight_max", self.calls_in_flight_max),
            ("fetches_per_host_max", self.fetches_per_host_max),
            ("fetches_per_batch_max", self.fetches_per_batch_max),
            ("body_bytes_max", self.body_bytes_max),
            ("decoded_bytes_max", self.decoded_bytes_max),
            ("text_chars_max", self.text_chars_max),
        ];
        if let Some((name, _)) = above_zero.iter().find(|(_, value)| *value == 0) {
            return Err(InvalidSetting(name, "must be above zero"));
        }
        if self.body_bytes_max.max(self.decoded_bytes_max) > BODY_BYTES_MAX {
            return Err(InvalidSetting("decoded_bytes_max", "must be at most 50000000, as body_bytes_max"));
        }
        if self.robot().is_empty() || self.user_agent.bytes().any(|byte| !(b' '..=b'~').contains(&byte)) {
            return Err(InvalidSetting("user_agent", "must be visible ASCII and begin with our name for robots.txt"));
        }
        Ok(())
    }

    /// Our name in a `robots.txt`.
    pub(crate) fn robot(&self) -> &str {
        self.user_agent.split(['/', ' ']).next().unwrap_or_default()
    }

    /// How many documents are read at once.
    #[must_use]
    pub fn reader_count(&self) -> usize {
        match self.readers {
            0 => thread::available_parallelism().map_or(1, usize::from),
            chosen => chosen,
        }
    }

    pub(crate) fn total_timeout(&self) -> Duration {
        Duration::from_millis(self.total_timeout_ms)
    }
}

/// What fits between the processes of a worker, with room to spare.
const BODY_BYTES_MAX: usize = 50_000_000;

/// A setting that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fetch.{0} {1}")]
pub struct InvalidSetting(&'static str, &'static str);

#[cfg(test)]
pub(crate) mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    /// The shipped settings.
    pub(crate) fn settings() -> Settings {
        let shipped: toml::Table = include_str!("../../../config.default.toml").parse().unwrap();
        shipped["fetch"].clone().try_into().unwrap()
    }

    #[test]
    fn a_setting_that_cannot_be_is_named() {
        assert_eq!(settings().validate(), Ok(()));
        let says = |change: fn(&mut Settings)| {
            let mut settings = settings();
            change(&mut settings);
            settings.validate().unwrap_err().to_string()
        };
        assert!(says(|settings| settings.fetches_per_host_max = 0).starts_with("fetch.fetches_per_host_max "));
        assert!(says(|settings| settings.decoded_bytes_max = usize::MAX).starts_with("fetch.decoded_bytes_max "));
        assert!(says(|settings| settings.user_agent = "/1.0".to_owned()).starts_with("fetch.user_agent "));
        assert!(says(|settings| settings.user_agent = "x\r\ny: z".to_owned()).starts_with("fetch.user_agent "));
    }

    #[test]
    fn our_name_for_robots_is_what_stands_before_the_version() {
        assert_eq!(settings().robot(), "AiPayGen");
    }
}
