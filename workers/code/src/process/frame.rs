//! What the two processes say to each other: a length, a head of JSON, and bytes that nobody on the way looks at.

use std::io;

use aipaygen_bus::{Headers, Message};
use bytes::{BufMut, Bytes, BytesMut};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio_util::codec::LengthDelimitedCodec;

use crate::settings::Settings;

/// Larger than any message that a bus carries.
const FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;
const HEAD_LEN_BYTES: usize = size_of::<u32>();

/// What the parent says.
#[derive(Serialize, Deserialize)]
pub(super) enum ToChild {
    /// First, and once.
    Start(Settings),
    /// A request from the bus; the payload follows.
    Call { id: u64, subject: Subject, timeout_ms: u64, headers: Vec<(String, String)> },
}

/// Which of the two subjects a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Subject {
    /// May this program run?
    Check,
    /// Run it.
    Run,
}

/// What the child says.
#[derive(Serialize, Deserialize)]
pub(super) enum ToParent {
    /// The sandbox is up.
    Ready,
    /// There will be no sandbox, and why: for the operator.
    Refused(String),
    /// The answer to a call; the payload follows.
    Reply { id: u64, headers: Vec<(String, String)> },
}

/// Cuts a stream of bytes into frames.
pub(super) fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(FRAME_BYTES_MAX).new_codec()
}

/// A frame of this head and this payload.
pub(super) fn encode(head: &impl Serialize, payload: &[u8]) -> Bytes {
    let head = serde_json::to_vec(head).expect("heads are plain enums of text and integers");
    let mut frame = BytesMut::with_capacity(HEAD_LEN_BYTES + head.len() + payload.len());
    frame.put_u32(u32::try_from(head.len()).expect("a head is a few short headers"));
    frame.put_slice(&head);
    frame.put_slice(payload);
    frame.freeze()
}

/// Head and payload of a frame.
pub(super) fn decode<T: DeserializeOwned>(frame: BytesMut) -> io::Result<(T, Bytes)> {
    // Serde's text would quote the frame.
    let malformed = || io::Error::new(io::ErrorKind::InvalidData, "a frame that is none of ours");
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

/// The headers of a message, to be sent.
pub(super) fn headers(message: &Message) -> Vec<(String, String)> {
    message.headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The message of what was sent.
pub(super) fn message(headers: Vec<(String, String)>, payload: Bytes) -> Message {
    let mut read = Headers::default();
    for (name, value) in headers {
        read.set(name, value);
    }
    Message { headers: read, payload }
}
