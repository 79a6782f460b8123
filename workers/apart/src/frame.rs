//! What the two processes say to each other: a length, a head of JSON, and bytes that nobody on the way looks at.

use std::io;

use aipaygen_bus::{Headers, Message};
use bytes::{BufMut, Bytes, BytesMut};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio_util::codec::LengthDelimitedCodec;

/// Larger than any message that a bus carries.
const FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;
const HEAD_LEN_BYTES: usize = size_of::<u32>();

/// What the parent says.
#[derive(Serialize, Deserialize)]
pub(crate) enum ToChild {
    /// First, and once; the child's settings follow as JSON.
    Start,
    /// A request from the bus; the payload follows.
    Call { id: u64, subject: String, timeout_ms: u64, headers: Vec<(String, String)> },
}

/// What the child says.
#[derive(Serialize, Deserialize)]
pub(crate) enum ToParent {
    /// It serves.
    Ready,
    /// It will not serve, and why: for the operator.
    Refused(String),
    /// The answer to a call; the payload follows.
    Reply { id: u64, headers: Vec<(String, String)> },
}

/// Cuts a stream of bytes into frames.
pub(crate) fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(FRAME_BYTES_MAX).new_codec()
}

/// A frame of this head and this payload.
pub(crate) fn encode(head: &impl Serialize, payload: &[u8]) -> Bytes {
    let head = serde_json::to_vec(head).expect("heads are plain enums of text and integers");
    let mut frame = BytesMut::with_capacity(HEAD_LEN_BYTES + head.len() + payload.len());
    frame.put_u32(u32::try_from(head.len()).expect("a head is a few short headers"));
    frame.put_slice(&head);
    frame.put_slice(payload);
    frame.freeze()
}

/// Head and payload of a frame.
pub(crate) fn decode<T: DeserializeOwned>(frame: BytesMut) -> io::Result<(T, Bytes)> {
    let mut rest = frame.freeze();
    if rest.len() < HEAD_LEN_BYTES {
        return Err(malformed());
    }
    let length = rest.split_to(HEAD_LEN_BYTES);
    let length = u32::from_be_bytes(length.as_ref().try_into().map_err(|_| malformed())?) as usize;
    if rest.len() < length {
        return Err(malformed());
    }
    let head = rest.split_to(length);
    let head = serde_json::from_slice(&head).map_err(|_| malformed())?;
    Ok((head, rest))
}

/// What is said of a frame that cannot be read: serde's text would quote it.
pub(crate) fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a frame that is none of ours")
}

/// The headers of a message, to be sent.
pub(crate) fn headers(message: &Message) -> Vec<(String, String)> {
    message.headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The message of what was sent.
pub(crate) fn message(headers: Vec<(String, String)>, payload: Bytes) -> Message {
    let mut read = Headers::default();
    for (name, value) in headers {
        read.set(name, value);
    }
    Message { headers: read, payload }
}
