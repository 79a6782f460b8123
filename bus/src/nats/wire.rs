//! What goes over the wire: our messages as NATS carries them, and the few words that the two ends of a request
//! say to each other besides.
//!
//! A request bears `Bus-Deadline-Ms`, and `Bus-Parts` if its reply may come in parts. What comes back is the
//! reply itself, or bears `Bus-Signal`. Parts and the reply that ends them are numbered by `Bus-Sequence`.

use std::time::{Duration, Instant};

use async_nats::{HeaderMap, HeaderName, HeaderValue, StatusCode, Subject};
use bytes::Bytes;

use crate::{Headers, Message};

const DEADLINE_MS: HeaderName = HeaderName::from_static("Bus-Deadline-Ms");
const PARTS: HeaderName = HeaderName::from_static("Bus-Parts");
const SIGNAL: HeaderName = HeaderName::from_static("Bus-Signal");
const SEQUENCE: HeaderName = HeaderName::from_static("Bus-Sequence");

const WORKING: &str = "working";
const BUSY: &str = "busy";
const FAILED: &str = "failed";
const PIECE: &str = "piece";
const CANCEL: Bytes = Bytes::from_static(b"cancel");

/// A deadline further away than this is nobody's wish.
const DEADLINE_MS_MAX: u64 = 24 * 60 * 60 * 1_000;

/// What a requester hears.
#[derive(Debug)]
pub(super) enum Signal {
    /// Somebody has the request and is alive; of a reply in parts, with the address that steers the work.
    Working { control: Option<Subject> },
    /// Who took the request is at its limit.
    Busy,
    /// Nobody serves the subject: the server says so.
    Unserved,
    /// The handler panicked, or its reply cannot be carried.
    Failed,
    /// One part.
    Piece { sequence: u64, bytes: Bytes },
    /// The reply; of a reply in parts, with the number of parts before it.
    Reply { sequence: Option<u64>, message: Message },
    /// Nothing was heard for too long: whoever had the request is gone.
    Silent,
    /// The connection went down, and with it what was on its way.
    Disconnected,
}

/// What a worker hears of the requester of a reply in parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Steering {
    /// Nobody wants the rest.
    Cancel,
    /// This many parts more may be sent.
    Credit(usize),
}

/// A request as its worker reads it.
pub(super) struct Asked {
    pub(super) message: Message,
    pub(super) deadline: Instant,
    pub(super) in_parts: bool,
}

/// The headers of a request that has this much time left.
pub(super) fn request_headers(headers: &Headers, left: Duration, in_parts: bool) -> HeaderMap {
    let mut map = encode(headers);
    map.insert(DEADLINE_MS, HeaderValue::from(u64::try_from(left.as_millis()).unwrap_or(DEADLINE_MS_MAX)));
    if in_parts {
        map.insert(PARTS, "1");
    }
    map
}

/// Reads a request; `None` if it is none of ours.
pub(super) fn asked(message: async_nats::Message) -> Option<Asked> {
    let headers = message.headers?;
    let left = number(&headers, DEADLINE_MS)?.min(DEADLINE_MS_MAX);
    Some(Asked {
        deadline: Instant::now() + Duration::from_millis(left),
        in_parts: headers.get(PARTS).is_some(),
        message: Message { headers: decode(&headers), payload: message.payload },
    })
}

/// The headers of a reply, or of the end of a reply in parts.
pub(super) fn reply_headers(headers: &Headers, sequence: Option<u64>) -> HeaderMap {
    let mut map = encode(headers);
    if let Some(sequence) = sequence {
        map.insert(SEQUENCE, HeaderValue::from(sequence));
    }
    map
}

/// The headers of one part.
pub(super) fn piece_headers(sequence: u64) -> HeaderMap {
    let mut map = signal_headers(PIECE);
    map.insert(SEQUENCE, HeaderValue::from(sequence));
    map
}

/// "Still at work."
pub(super) fn working_headers() -> HeaderMap {
    signal_headers(WORKING)
}

/// "At my limit."
pub(super) fn busy_headers() -> HeaderMap {
    signal_headers(BUSY)
}

/// "There will be no reply."
pub(super) fn failed_headers() -> HeaderMap {
    signal_headers(FAILED)
}

/// Reads what a requester hears.
pub(super) fn signal(message: async_nats::Message) -> Signal {
    if message.status == Some(StatusCode::NO_RESPONDERS) {
        return Signal::Unserved;
    }
    let async_nats::Message { headers, reply: control, payload, .. } = message;
    let Some(headers) = headers else { return Signal::Reply { sequence: None, message: Message::new(payload) } };
    let sequence = number(&headers, SEQUENCE);
    match (headers.get(SIGNAL).map(|signal| signal.as_str()), sequence) {
        (None, sequence) => Signal::Reply { sequence, message: Message { headers: decode(&headers), payload } },
        (Some(WORKING), _) => Signal::Working { control },
        (Some(BUSY), _) => Signal::Busy,
        (Some(PIECE), Some(sequence)) => Signal::Piece { sequence, bytes: payload },
        (Some(_), _) => Signal::Failed,
    }
}

/// What a requester says to the worker of its reply in parts.
pub(super) fn steering_payload(steering: &Steering) -> Bytes {
    match steering {
        Steering::Cancel => CANCEL,
        Steering::Credit(parts) => parts.to_string().into(),
    }
}

/// Reads what a worker hears. "Nobody listens" comes from the server when the requester's process is gone.
pub(super) fn steering(message: &async_nats::Message) -> Option<Steering> {
    if message.status == Some(StatusCode::NO_RESPONDERS) || message.payload == CANCEL {
        return Some(Steering::Cancel);
    }
    Some(Steering::Credit(str::from_utf8(&message.payload).ok()?.parse().ok()?))
}

/// How large a message with these headers is: what the server's limit is held against.
pub(super) fn bytes(headers: &HeaderMap, payload: &Bytes) -> usize {
    const FRAME: usize = "NATS/1.0\r\n\r\n".len();
    const LINE: usize = ": \r\n".len();
    let line = |name: &HeaderName, value: &str| AsRef::<str>::as_ref(name).len() + value.len() + LINE;
    let lines: usize =
        headers.iter().flat_map(|(name, values)| values.iter().map(move |value| line(name, value.as_str()))).sum();
    if lines == 0 { payload.len() } else { FRAME + lines + payload.len() }
}

/// Our headers as NATS has them.
pub(super) fn encode(headers: &Headers) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter() {
        map.insert(name, value);
    }
    map
}

/// The other way round. The words of the bus are not among ours: [`Headers::set`] leaves them out.
pub(super) fn decode(map: &HeaderMap) -> Headers {
    let mut headers = Headers::default();
    for (name, values) in map.iter() {
        if let Some(value) = values.last() {
            headers.set(AsRef::<str>::as_ref(name).to_owned(), value.as_str());
        }
    }
    headers
}

fn signal_headers(signal: &'static str) -> HeaderMap {
    let mut map = HeaderMap::new();
    map.insert(SIGNAL, signal);
    map
}

fn number(headers: &HeaderMap, name: HeaderName) -> Option<u64> {
    headers.get(name)?.as_str().parse().ok()
}

#[cfg(test)]
mod tests;
