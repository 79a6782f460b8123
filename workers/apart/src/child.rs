//! The child: serves the parent at the other end of its standard input.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_bus::tool::ToolOutcome;
use aipaygen_bus::{Handler, Message, Request};
use bytes::Bytes;
use futures::{FutureExt, SinkExt, StreamExt};
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};
use tokio_util::sync::CancellationToken;

use crate::frame::{self, ToChild, ToParent};

/// Replies that may wait for the socket.
const REPLIES_WAITING_MAX: usize = 256;

/// What a child serves, by the names that its parent calls it.
pub type Subjects = HashMap<&'static str, Arc<dyn Handler>>;

/// Why the child ended other than by its parent's end.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// Standard input is no socket of a parent's, or was closed in the middle of something.
    #[error("this process must be started by a worker")]
    Socket(#[from] io::Error),
    /// What it is for cannot be.
    #[error(transparent)]
    Start(Box<dyn Error + Send + Sync>),
}

type Frames = FramedRead<OwnedReadHalf, LengthDelimitedCodec>;
type Replies = FramedWrite<OwnedWriteHalf, LengthDelimitedCodec>;

/// Serves what `start` makes of the parent's settings to the parent at the other end of standard input, until it goes
/// away. `start` is where the child is confined: it reads nothing of a stranger's before.
pub async fn serve_standard_input<S: DeserializeOwned, E: Error + Send + Sync + 'static>(
    start: impl FnOnce(S) -> Result<Subjects, E>,
) -> Result<(), ChildError> {
    let socket = std::os::unix::net::UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    socket.set_nonblocking(true)?;
    let (read, write) = UnixStream::from_std(socket)?.into_split();
    let mut frames = FramedRead::new(read, frame::codec());
    let mut replies = FramedWrite::new(write, frame::codec());
    let Some(settings) = settings(&mut frames).await? else { return Ok(()) };
    let settings = serde_json::from_slice(&settings).map_err(|_| frame::malformed())?;
    match start(settings) {
        Ok(subjects) => {
            replies.send(frame::encode(&ToParent::Ready, &[])).await?;
            Ok(serve(frames, replies, &subjects).await?)
        }
        Err(error) => {
            replies.send(frame::encode(&ToParent::Refused(error.to_string()), &[])).await?;
            Err(ChildError::Start(Box::new(error)))
        }
    }
}

async fn settings(frames: &mut Frames) -> io::Result<Option<Bytes>> {
    let Some(first) = frames.next().await else { return Ok(None) };
    match frame::decode(first?)? {
        (ToChild::Start, settings) => Ok(Some(settings)),
        (ToChild::Call { .. }, _) => Err(io::Error::new(io::ErrorKind::InvalidData, "a call before the start")),
    }
}

async fn serve(mut frames: Frames, replies: Replies, subjects: &Subjects) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel(REPLIES_WAITING_MAX);
    tokio::spawn(send(receiver, replies));
    while let Some(frame) = frames.next().await {
        let (head, payload) = frame::decode(frame?)?;
        let ToChild::Call { id, subject, timeout_ms, headers } = head else { continue };
        let handler = subjects.get(subject.as_str()).ok_or_else(frame::malformed)?;
        let deadline = Instant::now() + Duration::from_millis(timeout_ms);
        let request = Request {
            message: frame::message(headers, payload),
            deadline,
            cancelled: CancellationToken::new(),
            parts: None,
        };
        tokio::spawn(answer(id, request, Arc::clone(handler), sender.clone()));
    }
    Ok(())
}

async fn answer(id: u64, request: Request, handler: Arc<dyn Handler>, replies: mpsc::Sender<(u64, Message)>) {
    let work = std::panic::AssertUnwindSafe(handler.handle(request)).catch_unwind();
    let reply = work.await.unwrap_or_else(|_panic| ToolOutcome::Failed.into_message());
    // Without a parent nobody waits for it.
    let _ = replies.send((id, reply)).await;
}

async fn send(mut replies: mpsc::Receiver<(u64, Message)>, mut socket: Replies) -> io::Result<()> {
    while let Some((id, message)) = replies.recv().await {
        let head = ToParent::Reply { id, headers: frame::headers(&message) };
        socket.send(frame::encode(&head, &message.payload)).await?;
    }
    Ok(())
}
