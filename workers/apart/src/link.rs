//! The parent's end of the socket to one child: calls out, replies in, and an end that fails whatever is in flight.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aipaygen_bus::{Message, Request};
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};
use tokio_util::sync::CancellationToken;

use crate::frame::{self, ToChild, ToParent};
use crate::parent::StartError;

/// Calls that may wait for the socket.
const CALLS_WAITING_MAX: usize = 256;

type Replies = FramedRead<OwnedReadHalf, LengthDelimitedCodec>;

/// A child that has said that it is ready.
#[derive(Debug)]
pub(crate) struct Link {
    calls: mpsc::Sender<Bytes>,
    waiting: Arc<Waiting>,
    next: AtomicU64,
    /// Cancelled when the child is gone.
    pub(crate) gone: CancellationToken,
    /// Whether calls were in it when it went.
    busy: Arc<AtomicBool>,
    abandoned: AtomicBool,
}

/// Who waits for which reply. Closed with the child, so that nobody waits for one that cannot come.
#[derive(Debug, Default)]
struct Waiting(Mutex<Option<HashMap<u64, oneshot::Sender<Message>>>>);

impl Link {
    /// Starts a child with its settings in JSON, and returns when it serves.
    pub(crate) async fn start(command: &mut Command, settings: &[u8]) -> Result<(Self, Child), StartError> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(StartError::Process)?;
        ours.set_nonblocking(true).map_err(StartError::Process)?;
        let child = command.stdin(Stdio::from(OwnedFd::from(theirs))).spawn().map_err(StartError::Process)?;
        // The command keeps its copy of the child's end, which would hide the child's end from us.
        command.stdin(Stdio::null());
        let (read, write) = UnixStream::from_std(ours).map_err(StartError::Process)?.into_split();
        let mut calls = FramedWrite::new(write, frame::codec());
        let start = frame::encode(&ToChild::Start, settings);
        calls.send(start).await.map_err(StartError::Process)?;
        let mut replies = FramedRead::new(read, frame::codec());
        match next(&mut replies).await {
            Ok(Some((ToParent::Ready, _))) => Ok((Self::of(calls, replies), child)),
            Ok(Some((ToParent::Refused(reason), _))) => Err(StartError::Refused(reason)),
            Ok(Some((ToParent::Reply { .. }, _)) | None) => Err(StartError::Refused("it ended at once".to_owned())),
            Err(error) => Err(StartError::Process(error)),
        }
    }

    fn of(socket: FramedWrite<OwnedWriteHalf, LengthDelimitedCodec>, replies: Replies) -> Self {
        let (calls, receiver) = mpsc::channel(CALLS_WAITING_MAX);
        let waiting = Arc::new(Waiting(Mutex::new(Some(HashMap::new()))));
        let (gone, busy) = (CancellationToken::new(), Arc::new(AtomicBool::new(false)));
        tokio::spawn(send(receiver, socket));
        tokio::spawn(receive(replies, waiting.clone(), busy.clone(), gone.clone()));
        Self { calls, waiting, next: AtomicU64::new(0), gone, busy, abandoned: AtomicBool::new(false) }
    }

    /// The child's reply; `None` if the child went away before it had one.
    pub(crate) async fn call(&self, subject: &str, request: Request) -> Option<Message> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let left = request.deadline.saturating_duration_since(Instant::now());
        let timeout_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        let headers = frame::headers(&request.message);
        let head = ToChild::Call { id, subject: subject.to_owned(), timeout_ms, headers };
        let call = frame::encode(&head, &request.message.payload);
        let reply = self.waiting.add(id)?;
        if self.calls.send(call).await.is_err() {
            self.waiting.remove(id);
            return None;
        }
        tokio::select! {
            reply = reply => reply.ok(),
            () = request.cancelled.cancelled() => {
                self.waiting.remove(id);
                None
            }
        }
    }

    /// Gives the child up: whoever waits for it waits no longer, and its supervisor ends it.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
        self.waiting.close();
        self.gone.cancel();
    }

    /// Whether it was given up.
    pub(crate) fn was_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }

    /// Whether a child that is gone went with calls in it: it has died of one of them, and not of its start.
    pub(crate) fn died_of_a_call(&self) -> bool {
        self.was_abandoned() || self.busy.load(Ordering::Relaxed)
    }
}

impl Waiting {
    fn map<T>(&self, change: impl FnOnce(&mut Option<HashMap<u64, oneshot::Sender<Message>>>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, id: u64) -> Option<oneshot::Receiver<Message>> {
        let (sender, receiver) = oneshot::channel();
        self.map(|open| open.as_mut().map(|waiting| waiting.insert(id, sender)))?;
        Some(receiver)
    }

    fn remove(&self, id: u64) -> Option<oneshot::Sender<Message>> {
        self.map(|open| open.as_mut()?.remove(&id))
    }

    /// Returns whether somebody waited.
    fn close(&self) -> bool {
        self.map(Option::take).is_some_and(|waiting| !waiting.is_empty())
    }
}

async fn send(
    mut calls: mpsc::Receiver<Bytes>,
    mut socket: FramedWrite<OwnedWriteHalf, LengthDelimitedCodec>,
) -> io::Result<()> {
    while let Some(call) = calls.recv().await {
        socket.send(call).await?;
    }
    Ok(())
}

async fn receive(mut replies: Replies, waiting: Arc<Waiting>, busy: Arc<AtomicBool>, gone: CancellationToken) {
    while let Ok(Some((ToParent::Reply { id, headers }, payload))) = next(&mut replies).await {
        if let Some(waiter) = waiting.remove(id) {
            // Whoever asked may have left.
            let _ = waiter.send(frame::message(headers, payload));
        }
    }
    if waiting.close() {
        busy.store(true, Ordering::Relaxed);
    }
    gone.cancel();
}

async fn next(replies: &mut Replies) -> io::Result<Option<(ToParent, Bytes)>> {
    match replies.next().await {
        Some(frame) => frame::decode(frame?).map(Some),
        None => Ok(None),
    }
}
