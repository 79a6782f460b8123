//! A web site on 127.0.0.2, and the processes that read it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const ARTICLE: &str = "<html lang=en><head><title>On guards</title></head><body><article><h1>On guards</h1>\
    <p>A guard stands at the door and asks everybody who wants to leave where they are going. Whoever goes to a public \
    place may pass, and nobody else does, whatever they say the place is called.</p></article></body></html>";

/// A running site.
pub(crate) struct Site {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let (url, asked) =
            (format!("http://{}", listener.local_addr().unwrap()), Arc::<Mutex<Vec<String>>>::default());
        let paths = asked.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, paths.clone()));
            }
        });
        Self { url, asked }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub(crate) fn was_asked(&self, path: &str) -> bool {
        self.asked.lock().unwrap().iter().any(|asked| asked == path)
    }
}

async fn serve(mut socket: TcpStream, asked: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match socket.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    asked.lock().unwrap().push(path.clone());
    let (status, more, body) = match path.as_str() {
        "/robots.txt" => (200, "content-type: text/plain".to_owned(), "User-agent: *\nDisallow: /private/\n"),
        "/image" => (200, "content-type: image/png".to_owned(), "x"),
        "/gone" => (410, "x-y: z".to_owned(), ""),
        "/slow" => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            return;
        }
        _ => match path.strip_prefix("/to/") {
            Some(location) => (302, format!("location: {location}"), ""),
            None => (200, "content-type: text/html".to_owned(), ARTICLE),
        },
    };
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{more}\r\n\r\n{body}");
    let _ = socket.write_all(answer.as_bytes()).await;
}

/// `kill -9` of one child of a process: the half of its fetch worker that was started as `aipaygen ssrf WHAT`.
pub(crate) fn kill_child_of(parent: u32, what: &str) {
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    let of_threads = std::fs::read_dir(format!("/proc/{parent}/task"))
        .unwrap()
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
    let all = of_threads.fold(children, |all, more| format!("{all} {more}"));
    let is_meant = |id: &&str| {
        let command = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        command.ends_with(format!("ssrf\0{what}\0").as_bytes())
    };
    let id = all.split_whitespace().find(is_meant).unwrap_or_else(|| panic!("no child {what} of {parent}"));
    assert!(std::process::Command::new("kill").args(["-9", id]).status().unwrap().success());
}
