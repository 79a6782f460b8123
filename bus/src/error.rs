//! What can go wrong on the bus, named for what the caller can do about it.

/// Why a request has no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Nobody serves the subject. Known at once; the work was never started.
    #[error("nobody is listening on {subject}")]
    NoResponders {
        /// The subject.
        subject: String,
    },
    /// Who took the request is at its limit. Known at once; the work was never started.
    #[error("whoever serves {subject} is busy")]
    Busy {
        /// The subject.
        subject: String,
    },
    /// The deadline passed. The work may have been done.
    #[error("no reply on {subject} before the deadline")]
    DeadlineExceeded {
        /// The subject.
        subject: String,
    },
    /// The handler panicked, or went away while it worked.
    #[error("the handler of {subject} failed")]
    HandlerFailed {
        /// The subject.
        subject: String,
    },
    /// The message is larger than the bus carries. The work was never started.
    #[error("a message of {bytes} bytes is larger than the {bytes_max} that the bus carries")]
    TooLarge {
        /// How large it is.
        bytes: usize,
        /// How large it may be.
        bytes_max: usize,
    },
    /// The connection is down. The work may have been done.
    #[error("the bus is not connected")]
    Disconnected,
}

/// Why the bus cannot be used as asked.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The server cannot be reached.
    #[error("cannot reach the NATS server: {0}")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server is older than what is asked of it.
    #[error(
        "the NATS server is version {found}, and the durable queues need {required} or newer: \
         an older server ignores their settings without a word"
    )]
    ServerTooOld {
        /// What the server says.
        found: String,
        /// What is needed.
        required: &'static str,
    },
    /// The server has made a queue with other settings than asked for.
    #[error("the NATS server did not keep the setting {setting} of queue {queue}")]
    SettingRefused {
        /// The queue.
        queue: String,
        /// The setting.
        setting: &'static str,
    },
    /// The queue is full, or its server is down.
    #[error("the queue {queue} did not take the message: {source}")]
    NotEnqueued {
        /// The queue.
        queue: String,
        /// What the server says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Any other fault of the connection.
    #[error("the bus failed: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}
