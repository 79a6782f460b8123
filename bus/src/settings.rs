//! How the bus is set up, as a section of the configuration file.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use crate::local::LocalBus;
use crate::nats::NatsBus;
use crate::{BusError, SharedBus};

/// The settings of the bus. What a backend has no use for is ignored by it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What carries it.
    pub backend: Backend,
    /// Where NATS is: one `nats://` or `tls://` address, or several with commas between. May carry credentials.
    pub url: SecretString,
    /// How long the first connection, and each one after it, may take.
    pub connect_timeout_ms: u64,
    /// How long a durable queue may take to acknowledge a message.
    pub enqueue_timeout_ms: u64,
    /// How often a worker tells those who wait for it that it is still at work.
    pub heartbeat_ms: u64,
    /// How long a worker may be silent until it is taken for dead.
    pub silence_ms_max: u64,
    /// How often a request that met a busy worker is offered to the queue group once more.
    pub busy_retries_max: u32,
    /// Headers and payload of one message on the in-process bus. A NATS server has a limit of its own.
    pub message_bytes_max: usize,
    /// How many messages a durable queue holds; the next is refused.
    pub queue_messages_max: u64,
    /// How many bytes a durable queue holds; what goes beyond is refused.
    pub queue_bytes_max: u64,
    /// On how many NATS servers a durable queue is kept.
    pub queue_replicas: usize,
    /// For how long a durable queue drops a message whose id it has seen.
    pub duplicate_window_ms: u64,
    /// How many messages of a durable queue all its workers together may be working on.
    pub ack_pending_max: u64,
    /// After how long without a sign of life a message is given to another worker.
    pub ack_wait_ms: u64,
    /// The pause before the second, third, … attempt at a message; the last one repeats.
    pub retry_pauses_ms: Vec<u64>,
}

/// What carries the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// One process; nothing to install.
    Local,
    /// A NATS server, between processes.
    Nats,
}

/// The bus that the settings ask for.
pub async fn open(settings: &Settings) -> Result<SharedBus, BusError> {
    Ok(match settings.backend {
        Backend::Local => LocalBus::new(settings),
        Backend::Nats => NatsBus::connect(settings).await?,
    })
}

impl Settings {
    /// The pause after this many attempts, counted from one.
    pub(crate) fn retry_pause(&self, attempts: u64) -> Duration {
        let last = self.retry_pauses_ms.len().saturating_sub(1);
        let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(last).min(last);
        Duration::from_millis(self.retry_pauses_ms.get(index).copied().unwrap_or_default())
    }
}

/// What suits a test or a tool; the product's own settings are in its configuration file.
impl Default for Settings {
    fn default() -> Self {
        Self {
            backend: Backend::Local,
            url: SecretString::from("nats://127.0.0.1:4222"),
            connect_timeout_ms: 5_000,
            enqueue_timeout_ms: 5_000,
            heartbeat_ms: 250,
            silence_ms_max: 1_000,
            busy_retries_max: 3,
            message_bytes_max: 1 << 20,
            queue_messages_max: 1_000_000,
            queue_bytes_max: 1 << 30,
            queue_replicas: 1,
            duplicate_window_ms: 120_000,
            ack_pending_max: 1_024,
            ack_wait_ms: 30_000,
            retry_pauses_ms: vec![100, 500, 2_000, 10_000, 30_000],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pause_repeats() {
        let settings = Settings { retry_pauses_ms: vec![10, 20], ..Settings::default() };
        let pauses = [1, 2, 3, u64::MAX].map(|attempts| settings.retry_pause(attempts).as_millis());
        assert_eq!(pauses, [10, 20, 20, 20]);
        let none = Settings { retry_pauses_ms: vec![], ..Settings::default() };
        assert_eq!(none.retry_pause(1), Duration::ZERO);
    }
}
