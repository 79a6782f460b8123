//! A server that cannot keep what is asked of it is refused at start, with a sentence that says so.

use std::net::Ipv4Addr;

use aipaygen_bus::nats::NatsBus;
use aipaygen_bus::{BusError, Settings};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::soon;

/// As much of a NATS server as a client meets while it connects.
async fn greet(stream: TcpStream, version: &str) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let greeting = format!(r#"{{"server_id":"T","version":"{version}","headers":true,"max_payload":1048576}}"#);
    write.write_all(format!("INFO {greeting}\r\n").as_bytes()).await?;
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        if line == "PING" {
            write.write_all(b"PONG\r\n").await?;
        }
    }
    Ok(())
}

async fn connect_to(version: &'static str) -> Result<(), BusError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { greet(listener.accept().await.unwrap().0, version).await });
    let outcome = soon(NatsBus::connect(&Settings { url: url.into(), ..Settings::default() })).await;
    server.abort();
    outcome.map(drop)
}

#[tokio::test]
async fn a_server_that_is_too_old_is_refused() {
    let error = connect_to("2.9.10").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the NATS server is version 2.9.10, and the durable queues need 2.12 or newer: \
         an older server ignores their settings without a word"
    );
    connect_to("2.12.0").await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_that_keeps_the_password() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("nats://user:hunter2@{}", listener.local_addr().unwrap());
    drop(listener);
    for url in [url, "no such scheme://user:hunter2@".to_owned(), "http://user:hunter2@localhost".to_owned()] {
        let outcome = soon(NatsBus::connect(&Settings { url: url.into(), ..Settings::default() })).await;
        let error = outcome.map(drop).unwrap_err();
        assert!(matches!(error, BusError::Connect(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
