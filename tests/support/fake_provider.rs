//! A model provider over real HTTP that speaks each dialect, and misbehaves as a test asks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::fake_dialects::{Dialect, Reply};

/// What one request is answered with.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// This text, in one piece or word by word.
    Say(String),
    /// A call of this function with these arguments.
    Call(&'static str, Value),
    /// Another status, with headers and a body.
    Fail(u16, Vec<(&'static str, String)>, String),
    /// The text, after a while.
    SayAfter(Duration, String),
    /// So many words with a pause after each; endless for `usize::MAX`.
    Drip(usize, Duration),
    /// The connection ends in the middle.
    Cut(usize),
    /// A 200 that is no JSON.
    Garbage,
    /// The text, and this in place of the dialect's usage.
    SayWithUsage(String, Value),
    /// An error in the middle of a stream.
    FailInStream(String),
}

/// A request that has come.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// The provider; every connection is answered once.
#[derive(Clone)]
pub(crate) struct FakeProvider {
    pub(crate) url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    acts: Mutex<VecDeque<Act>>,
    seen: Mutex<Vec<Seen>>,
    /// How many answers were not wanted to their end.
    left: Mutex<usize>,
}

impl FakeProvider {
    /// Starts it on a port of its own.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State::default());
        let serving = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, serving.clone()));
            }
        });
        Self { url, state }
    }

    /// What comes next is answered like this; what comes after that, with "Hello from the fake."
    pub(crate) fn next(&self, act: Act) -> &Self {
        self.state.acts.lock().unwrap().push_back(act);
        self
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    /// How many answers were left before their end.
    pub(crate) fn left(&self) -> usize {
        *self.state.left.lock().unwrap()
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let Some(seen) = read(&mut stream).await else { return };
    let dialect = Dialect::of(&seen.path);
    let streams = dialect.streams(&seen);
    state.seen.lock().unwrap().push(seen.clone());
    let act = state.acts.lock().unwrap().pop_front().unwrap_or_else(|| Act::Say("Hello from the fake.".to_owned()));
    if play(&mut stream, dialect, streams, act).await.is_err() {
        *state.left.lock().unwrap() += 1;
    }
}

async fn play(stream: &mut TcpStream, dialect: Dialect, streams: bool, act: Act) -> std::io::Result<()> {
    match act {
        Act::Say(text) => say(stream, dialect, streams, &Reply::of_text(&text)).await,
        Act::SayAfter(pause, text) => {
            sleep(pause).await;
            say(stream, dialect, streams, &Reply::of_text(&text)).await
        }
        Act::SayWithUsage(text, usage) => {
            say(stream, dialect, streams, &Reply { usage: Some(usage), ..Reply::of_text(&text) }).await
        }
        Act::Call(name, arguments) => {
            let reply = Reply { call: Some((name, arguments)), ..Reply::of_text("") };
            say(stream, dialect, streams, &reply).await
        }
        Act::Fail(status, headers, body) => whole(stream, status, &headers, &body).await,
        Act::Garbage => whole(stream, 200, &[], "<html>not what you think</html>").await,
        Act::Drip(words, pause) => {
            begin_events(stream).await?;
            events(stream, &dialect.opening()).await?;
            for _ in 0..words {
                events(stream, &[dialect.word("word ")]).await?;
                sleep(pause).await;
            }
            events(stream, &dialect.closing(&Reply::of_text("word "))).await
        }
        Act::Cut(words) => {
            begin_events(stream).await?;
            events(stream, &dialect.opening()).await?;
            for _ in 0..words {
                events(stream, &[dialect.word("word ")]).await?;
            }
            Ok(())
        }
        Act::FailInStream(said) => {
            begin_events(stream).await?;
            events(stream, &dialect.opening()).await?;
            events(stream, &[dialect.word("word ")]).await?;
            let error = json!({ "type": "error", "error": { "type": "overloaded_error", "message": said } });
            events(stream, &[error.to_string()]).await
        }
    }
}

async fn say(stream: &mut TcpStream, dialect: Dialect, streams: bool, reply: &Reply) -> std::io::Result<()> {
    if !streams {
        return whole(stream, 200, &[], &dialect.whole(reply).to_string()).await;
    }
    begin_events(stream).await?;
    events(stream, &dialect.opening()).await?;
    for word in reply.text.split_inclusive(' ') {
        events(stream, &[dialect.word(word)]).await?;
    }
    events(stream, &dialect.closing(reply)).await
}

async fn whole(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(&'static str, String)],
    body: &str,
) -> std::io::Result<()> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "HTTP/1.1 {status} Whatever\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

async fn begin_events(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n").await
}

async fn events(stream: &mut TcpStream, events: &[String]) -> std::io::Result<()> {
    for event in events {
        stream.write_all(format!("data: {event}\n\n").as_bytes()).await?;
    }
    // Whoever has gone is noticed here: a peer that closed makes the next write fail, and its end is readable.
    let mut byte = [0];
    match stream.try_read(&mut byte) {
        Ok(0) => Err(std::io::ErrorKind::BrokenPipe.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8_192];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
            let length: usize = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
                .unwrap_or_default();
            if bytes.len() >= end + 4 + length {
                let body = serde_json::from_slice(&bytes[end + 4..]).ok()?;
                let path = head.split(' ').nth(1)?.to_owned();
                return Some(Seen { path, head, body });
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}
