//! A facilitator that follows a script: what it answers is not what it does.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is answered to `POST /settle`.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// This status and this body.
    Says(u16, String),
    /// Nothing: the connection is closed.
    Nothing,
    /// Another answer, after a while.
    Late(Duration, Box<Answer>),
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::Says(status, body.to_string())
    }

    /// A refusal for a reason.
    pub(crate) fn refused(reason: &str) -> Self {
        Self::json(200, &json!({ "success": false, "errorReason": reason, "transaction": "", "network": "" }))
    }

    /// A success in this transaction.
    pub(crate) fn success(transaction: &str) -> Self {
        let network = "eip155:84532";
        Self::json(200, &json!({ "success": true, "transaction": transaction, "network": network }))
    }
}

/// A request as it came: the head in lower case, and the body.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// The server. The last answer of the script repeats.
pub(crate) struct Script {
    url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Script {
    pub(crate) async fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::supporting(json!([{ "x402Version": 2, "scheme": "exact", "network": "eip155:84532" }]), answers).await
    }

    /// One that tells these kinds.
    pub(crate) async fn supporting(kinds: Value, answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let answers: Vec<_> = answers.into_iter().collect();
        let (listened, kinds) = (Arc::clone(&heard), json!({ "kinds": kinds }).to_string());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (heard, answers, kinds) = (Arc::clone(&listened), answers.clone(), kinds.clone());
                tokio::spawn(serve(stream, heard, answers, kinds));
            }
        });
        Self { url, heard }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The settlements that were asked for.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, heard: Arc<Mutex<Vec<Heard>>>, answers: Vec<Answer>, kinds: String) {
    let Some(request) = read(&mut stream).await else { return };
    let answer = if request.head.starts_with("get /supported") {
        Answer::Says(200, kinds)
    } else {
        let mut heard = heard.lock().unwrap();
        let answer = answers[heard.len().min(answers.len() - 1)].clone();
        heard.push(request);
        answer
    };
    write(&mut stream, answer).await;
}

async fn write(stream: &mut TcpStream, mut answer: Answer) {
    while let Answer::Late(pause, later) = answer {
        tokio::time::sleep(pause).await;
        answer = *later;
    }
    if let Answer::Says(status, body) = answer {
        let head = format!("HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
    }
}

async fn read(stream: &mut TcpStream) -> Option<Heard> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return Some(Heard { head, body: serde_json::from_str(body).unwrap_or_default() });
        }
    }
}
