//! A caller's side of HTTP/1.1: one kept-alive connection, a request that was written down beforehand, and of the
//! answer no more than its status, its receipt and its end. So little that the generator is hardly seen in what it
//! measures.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::load::Failed;

/// How long any answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection and what is asked on it.
pub(crate) struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects, to ask this again and again.
    pub(crate) async fn open(address: SocketAddr, request: Vec<u8>) -> io::Result<Self> {
        let stream = connect(address).await?;
        Ok(Self { address, stream, request, answer: Vec::with_capacity(4_096) })
    }

    /// Asks once. A paid answer is a 200 with a receipt; anything else failed.
    pub(crate) async fn call(&mut self) -> Result<(), Failed> {
        match timeout(PATIENCE, self.ask()).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(head) => self.judge(head),
            Err(error) => {
                self.stream = connect(self.address).await.map_err(|_| "no connection".to_owned())?;
                Err(error.kind().to_string())
            }
        }
    }

    /// The last answer, as it came.
    pub(crate) fn answer(&self) -> &[u8] {
        &self.answer
    }

    fn judge(&self, head: usize) -> Result<(), Failed> {
        let head = &self.answer[..head];
        let status = head.get(9..12).unwrap_or_default();
        match (status, field(head, "x-payment-receipt")) {
            (b"200", Some(_)) => Ok(()),
            (b"200", None) => Err("200 without a receipt".to_owned()),
            (other, _) => Err(String::from_utf8_lossy(other).into_owned()),
        }
    }

    /// Sends the request and reads all of the answer; returns the length of its head.
    async fn ask(&mut self) -> io::Result<usize> {
        self.stream.write_all(&self.request).await?;
        self.answer.clear();
        let head = loop {
            self.read().await?;
            if let Some(end) = self.answer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let length = field(&self.answer[..head], "content-length").and_then(|length| length.parse::<usize>().ok());
        let end = head + length.ok_or(io::ErrorKind::InvalidData)?;
        while self.answer.len() < end {
            self.read().await?;
        }
        Ok(head)
    }

    async fn read(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.answer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A POST of JSON with a key, as a caller's library writes it.
pub(crate) fn post(address: SocketAddr, path: &str, key: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nAccept: */*\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The head's fields in order, without the status line.
pub(crate) fn fields(head: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    let lines = str::from_utf8(head).unwrap_or_default().split("\r\n").skip(1);
    lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim()))
}

fn field<'h>(head: &'h [u8], name: &str) -> Option<&'h str> {
    fields(head).find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
