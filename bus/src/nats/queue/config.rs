//! What a durable queue is to the server, and whether the server has understood.

use std::time::Duration;

use async_nats::jetstream::consumer::{self, AckPolicy, pull};
use async_nats::jetstream::stream::{self, DiscardPolicy, RetentionPolicy, StorageType};

use crate::{BusError, Settings};

/// The one durable consumer of a queue, which all its workers share.
const CONSUMER: &str = "workers";

/// The stream of a queue. A stream's name has no dots.
pub(super) fn name(queue: &str) -> String {
    queue.replace(['.', ' ', '*', '>', '/', '\\'], "-")
}

/// The subject of a queue.
pub(super) fn subject(queue: &str) -> String {
    format!("queue.{}", name(queue))
}

/// The stream as asked for: a message leaves it when it is done, and a full stream refuses rather than forget.
pub(super) fn stream(queue: &str, settings: &Settings) -> stream::Config {
    stream::Config {
        name: name(queue),
        subjects: vec![subject(queue)],
        retention: RetentionPolicy::WorkQueue,
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        max_messages: limit(settings.queue_messages_max),
        max_bytes: limit(settings.queue_bytes_max),
        num_replicas: settings.queue_replicas,
        duplicate_window: Duration::from_millis(settings.duplicate_window_ms),
        ..stream::Config::default()
    }
}

/// The consumer as asked for: a message comes again until it is done.
pub(super) fn consumer(settings: &Settings) -> pull::Config {
    pull::Config {
        durable_name: Some(CONSUMER.to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: Duration::from_millis(settings.ack_wait_ms),
        max_deliver: -1,
        max_ack_pending: limit(settings.ack_pending_max),
        ..pull::Config::default()
    }
}

/// Names the first setting of the stream that the server did not keep.
pub(super) fn check_stream(queue: &str, wanted: &stream::Config, kept: &stream::Config) -> Result<(), BusError> {
    first_refused(
        queue,
        &[
            ("subjects", wanted.subjects == kept.subjects),
            ("retention", wanted.retention == kept.retention),
            ("storage", wanted.storage == kept.storage),
            ("discard", wanted.discard == kept.discard),
            ("queue_messages_max", wanted.max_messages == kept.max_messages),
            ("queue_bytes_max", wanted.max_bytes == kept.max_bytes),
            ("queue_replicas", wanted.num_replicas == kept.num_replicas),
            ("duplicate_window_ms", wanted.duplicate_window == kept.duplicate_window),
        ],
    )
}

/// The same for the consumer.
pub(super) fn check_consumer(queue: &str, wanted: &pull::Config, kept: &consumer::Config) -> Result<(), BusError> {
    first_refused(
        queue,
        &[
            ("durable_name", wanted.durable_name == kept.durable_name),
            ("ack_policy", wanted.ack_policy == kept.ack_policy),
            ("ack_wait_ms", wanted.ack_wait == kept.ack_wait),
            ("max_deliver", wanted.max_deliver == kept.max_deliver),
            ("ack_pending_max", wanted.max_ack_pending == kept.max_ack_pending),
        ],
    )
}

fn first_refused(queue: &str, kept: &[(&'static str, bool)]) -> Result<(), BusError> {
    match kept.iter().find(|(_, kept)| !kept) {
        Some((setting, _)) => Err(BusError::SettingRefused { queue: queue.to_owned(), setting }),
        None => Ok(()),
    }
}

fn limit(limit: u64) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_the_server_did_not_keep_is_named() {
        let wanted = stream("orders", &Settings::default());
        let kept = stream::Config { duplicate_window: Duration::from_secs(7), ..wanted.clone() };
        assert!(check_stream("orders", &wanted, &wanted).is_ok());
        let refused = check_stream("orders", &wanted, &kept);
        assert!(
            matches!(refused, Err(BusError::SettingRefused { setting: "duplicate_window_ms", .. })),
            "{refused:?}"
        );
    }
}
