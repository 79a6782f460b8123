//! A server of a stranger's on 127.0.0.2 that remembers what it was sent: a webhook's endpoint, or an API.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::wait;

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

/// What is said to every request.
#[derive(Clone, Debug)]
pub(crate) struct Says {
    pub(crate) status: u16,
    /// Further header lines.
    pub(crate) headers: String,
    pub(crate) body: String,
}

/// A running server.
#[derive(Clone)]
pub(crate) struct Receiver {
    address: String,
    state: Arc<Mutex<(Says, Vec<Received>)>>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Says {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: String::new(), body: String::new() }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let headers = "content-type: application/json\r\n".to_owned();
        Self { status, headers, body: body.to_string() }
    }
}

impl Receiver {
    /// A server that says 200.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let receiver = Self { address, state: Arc::new(Mutex::new((Says::status(200), Vec::new()))) };
        let serving = receiver.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(socket));
            }
        });
        receiver
    }

    /// `127.0.0.2:…`
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on.
    pub(crate) fn say(&self, says: Says) {
        self.state.lock().unwrap().0 = says;
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().1.clone()
    }

    /// Waits until a request of this kind has come.
    pub(crate) async fn meets(&self, what: &str, is_meant: impl Fn(&Received) -> bool) -> Received {
        wait::until(what, async || self.received().into_iter().find(&is_meant)).await
    }

    async fn serve(self, mut socket: TcpStream) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match socket.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8(head).unwrap();
        let (first, rest) = head.split_once("\r\n").unwrap();
        let headers: BTreeMap<_, _> = rest
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        socket.read_exact(&mut body).await.unwrap();
        let mut words = first.split(' ').map(str::to_owned);
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let says = {
            let mut state = self.state.lock().unwrap();
            state.1.push(Received { method, target, headers, text: String::from_utf8(body).unwrap() });
            state.0.clone()
        };
        let Says { status, headers, body } = says;
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
        let _ = socket.write_all(answer.as_bytes()).await;
    }
}
