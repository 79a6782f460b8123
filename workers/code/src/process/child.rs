//! The child: a sandbox at the end of a socket.

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_bus::{Handler, Message, Request};
use futures::{SinkExt, StreamExt};
use thiserror::Error;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};
use tokio_util::sync::CancellationToken;

use super::confine::confine;
use super::frame::{self, Subject, ToChild, ToParent};
use crate::runtime::{Sandbox, SandboxError};
use crate::settings::Settings;
use crate::worker::{Check, Desk, Run};

/// Replies that may wait for the socket.
const REPLIES_WAITING_MAX: usize = 256;

/// Why the child ended other than by its parent's end.
#[derive(Debug, Error)]
pub enum ChildError {
    /// Standard input is no socket of a parent's, or was closed in the middle of something.
    #[error("the sandbox process must be started by a code worker")]
    Socket(#[from] io::Error),
    /// The sandbox cannot be.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

type Frames = FramedRead<OwnedReadHalf, LengthDelimitedCodec>;
type Replies = FramedWrite<OwnedWriteHalf, LengthDelimitedCodec>;

/// Serves the parent at the other end of standard input until it goes away.
pub async fn serve_standard_input() -> Result<(), ChildError> {
    let socket = std::os::unix::net::UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    socket.set_nonblocking(true)?;
    let (read, write) = UnixStream::from_std(socket)?.into_split();
    let mut frames = FramedRead::new(read, frame::codec());
    let mut replies = FramedWrite::new(write, frame::codec());
    let Some(settings) = settings(&mut frames).await? else { return Ok(()) };
    match Sandbox::try_new(settings) {
        Ok(sandbox) => {
            if let Err(error) = confine() {
                tracing::warn!(%error, "the sandbox process runs without the second wall around it");
            }
            replies.send(frame::encode(&ToParent::Ready, &[])).await?;
            Ok(serve(frames, replies, Arc::new(Desk::new(sandbox))).await?)
        }
        Err(error) => {
            replies.send(frame::encode(&ToParent::Refused(error.to_string()), &[])).await?;
            Err(error.into())
        }
    }
}

async fn settings(frames: &mut Frames) -> io::Result<Option<Settings>> {
    let Some(first) = frames.next().await else { return Ok(None) };
    match frame::decode(first?)?.0 {
        ToChild::Start(settings) => Ok(Some(settings)),
        ToChild::Call { .. } => Err(io::Error::new(io::ErrorKind::InvalidData, "a call before the start")),
    }
}

async fn serve(mut frames: Frames, replies: Replies, desk: Arc<Desk>) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel(REPLIES_WAITING_MAX);
    tokio::spawn(send(receiver, replies));
    while let Some(frame) = frames.next().await {
        let (head, payload) = frame::decode(frame?)?;
        let ToChild::Call { id, subject, timeout_ms, headers } = head else { continue };
        let deadline = Instant::now() + Duration::from_millis(timeout_ms);
        let request = Request {
            message: frame::message(headers, payload),
            deadline,
            cancelled: CancellationToken::new(),
            parts: None,
        };
        tokio::spawn(answer(id, subject, request, desk.clone(), sender.clone()));
    }
    Ok(())
}

async fn answer(id: u64, subject: Subject, request: Request, desk: Arc<Desk>, replies: mpsc::Sender<(u64, Message)>) {
    let reply = match subject {
        Subject::Check => Check(desk).handle(request).await,
        Subject::Run => Run(desk).handle(request).await,
    };
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
