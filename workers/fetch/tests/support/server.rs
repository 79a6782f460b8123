//! Web servers that say what a test wants, byte for byte.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What a server does with a request.
#[derive(Clone)]
pub(crate) enum Does {
    /// Says this, and closes.
    Says(Vec<u8>),
    /// Says the first, then the second again and again with a pause before each, until nobody listens.
    Drips(Vec<u8>, Vec<u8>, Duration),
    /// Says nothing.
    Waits,
}

type Script = Arc<dyn Fn(&str) -> Does + Send + Sync>;

/// A running server.
pub(crate) struct WebServer {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    sent: Arc<AtomicUsize>,
}

impl WebServer {
    /// Serves plain HTTP; the script is given the path.
    pub(crate) async fn on(
        address: impl Into<SocketAddr>,
        script: impl Fn(&str) -> Does + Send + Sync + 'static,
    ) -> Self {
        Self::start(address.into(), None, Arc::new(script)).await
    }

    /// On 127.0.0.2, on a free port.
    pub(crate) async fn allowed(script: impl Fn(&str) -> Does + Send + Sync + 'static) -> Self {
        Self::on((super::ALLOWED, 0), script).await
    }

    /// Over TLS.
    pub(crate) async fn tls(
        acceptor: TlsAcceptor,
        address: IpAddr,
        script: impl Fn(&str) -> Does + Send + Sync + 'static,
    ) -> Self {
        Self::start((address, 0).into(), Some(acceptor), Arc::new(script)).await
    }

    async fn start(address: SocketAddr, tls: Option<TlsAcceptor>, script: Script) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let (heads, sent) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(AtomicUsize::new(0)));
        let server = Self { address: listener.local_addr().unwrap(), heads: heads.clone(), sent: sent.clone() };
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let served = Served { script: script.clone(), heads: heads.clone(), sent: sent.clone() };
                match tls.clone() {
                    None => drop(tokio::spawn(served.serve(socket))),
                    Some(acceptor) => drop(tokio::spawn(async move {
                        if let Ok(socket) = acceptor.accept(socket).await {
                            served.serve(socket).await;
                        }
                    })),
                }
            }
        });
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// A URL of its address.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A URL of a name that leads to it.
    pub(crate) fn named(&self, name: &str, path: &str) -> String {
        format!("http://{name}:{}{path}", self.port())
    }

    /// The heads of the requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// How many bytes it could say so far.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

struct Served {
    script: Script,
    heads: Arc<Mutex<Vec<String>>>,
    sent: Arc<AtomicUsize>,
}

impl Served {
    fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, mut socket: S) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let mut head = Vec::new();
            while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                let mut piece = [0; 4096];
                match socket.read(&mut piece).await {
                    Ok(length @ 1..) => head.extend_from_slice(&piece[..length]),
                    Ok(0) | Err(_) => return,
                }
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            self.heads.lock().unwrap().push(head);
            match (self.script)(&path) {
                Does::Says(bytes) => self.say(&mut socket, &bytes).await,
                Does::Waits => tokio::time::sleep(Duration::from_secs(60)).await,
                Does::Drips(first, again, pause) => {
                    self.say(&mut socket, &first).await;
                    loop {
                        tokio::time::sleep(pause).await;
                        if socket.write_all(&again).await.is_err() {
                            return;
                        }
                        self.sent.fetch_add(again.len(), Ordering::SeqCst);
                    }
                }
            }
            let _ = socket.shutdown().await;
        })
    }

    async fn say(&self, socket: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) {
        if socket.write_all(bytes).await.is_ok() {
            self.sent.fetch_add(bytes.len(), Ordering::SeqCst);
        }
    }
}

/// A whole answer.
pub(crate) fn says(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Does {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n", body.len());
    Does::Says([head.as_bytes(), body].concat())
}

/// A page.
pub(crate) fn page(html: &str) -> Does {
    says(200, "content-type: text/html; charset=utf-8\r\n", html)
}

/// A redirect.
pub(crate) fn to(status: u16, location: &str) -> Does {
    says(status, &format!("location: {location}\r\n"), "")
}

/// Nothing at this path, which makes a `robots.txt` that allows all.
pub(crate) fn nothing() -> Does {
    says(404, "", "")
}
