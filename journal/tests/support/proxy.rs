//! A proxy before Postgres that loses a connection exactly at a COMMIT.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What becomes of the next COMMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Loss {
    /// It is made and answered.
    None,
    /// It never arrives.
    Request,
    /// It is made, and its answer never arrives.
    Answer,
}

/// A running proxy.
pub(crate) struct Proxy {
    address: SocketAddr,
    next: Arc<AtomicU8>,
    is_down: Arc<AtomicBool>,
}

/// The message of the simple protocol that the writer sends.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

impl Proxy {
    pub(crate) async fn before(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let next = Arc::new(AtomicU8::new(Loss::None as u8));
        let is_down = Arc::new(AtomicBool::new(false));
        tokio::spawn(accept(listener, server, next.clone(), is_down.clone()));
        Self { address, next, is_down }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.address.port()
    }

    /// Loses the connection at the next COMMIT, and never again until it is told so again.
    pub(crate) fn lose(&self, loss: Loss) {
        self.next.store(loss as u8, Ordering::SeqCst);
    }

    /// Whether every new connection ends at once; those that are there go on.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    /// Whether what was to be lost has been.
    pub(crate) fn is_done(&self) -> bool {
        self.next.load(Ordering::SeqCst) == Loss::None as u8
    }
}

async fn accept(listener: TcpListener, server: u16, next: Arc<AtomicU8>, is_down: Arc<AtomicBool>) {
    while let Ok((client, _)) = listener.accept().await {
        if is_down.load(Ordering::SeqCst) {
            continue;
        }
        let (client_read, client_write) = client.into_split();
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await.unwrap();
        let (server_read, server_write) = server.into_split();
        let swallow = Arc::new(AtomicBool::new(false));
        let answers = tokio::spawn(answers(server_read, client_write, swallow.clone()));
        tokio::spawn(requests(client_read, server_write, next.clone(), swallow, answers));
    }
}

/// Passes answers on until one is to be swallowed; with that the client's connection ends.
async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, swallow: Arc<AtomicBool>) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        if swallow.load(Ordering::SeqCst) || to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}

/// Passes requests on until one is to be lost.
async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    next: Arc<AtomicU8>,
    swallow: Arc<AtomicBool>,
    answers: JoinHandle<()>,
) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        let is_commit = &bytes[..length] == COMMIT;
        let loss = if is_commit { next.swap(Loss::None as u8, Ordering::SeqCst) } else { Loss::None as u8 };
        if loss == Loss::Request as u8 {
            break;
        }
        swallow.store(loss == Loss::Answer as u8, Ordering::SeqCst);
        if to.write_all(&bytes[..length]).await.is_err() {
            break;
        }
        if loss == Loss::Answer as u8 {
            // It ends with the answer that it swallows: by then the commit is made.
            let _ended = answers.await;
            return;
        }
    }
    answers.abort();
}
