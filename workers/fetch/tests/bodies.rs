//! Answers that are too much: too slow, too large, too compressed. Each ends in time and in bounded memory.

use std::io::Write;
use std::time::{Duration, Instant};

use aipaygen_fetch::outbound::{Errand, FetchError};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::server::{Does, WebServer, says};
use crate::support::{outbound, settings};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn who_drips_is_given_up_in_time() {
    let pause = Duration::from_millis(100);
    let web = WebServer::allowed(move |path| match path {
        "/head" => Does::Drips(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".to_vec(), pause),
        "/body" => Does::Drips(format!("{HEAD}\r\n").into_bytes(), b"x".to_vec(), pause),
        _ => Does::Waits,
    })
    .await;
    let mut limits = settings();
    (limits.connect_timeout_ms, limits.first_byte_timeout_ms, limits.total_timeout_ms) = (300, 300, 1_200);
    let outbound = outbound(limits);
    for (path, most) in [("/head", 1_000), ("/wait", 1_000), ("/body", 2_000)] {
        let since = Instant::now();
        let error = outbound.fetch(Errand::get(web.url(path))).await.unwrap_err();
        assert_eq!(error, FetchError::Slow, "{path}");
        assert!(since.elapsed() < Duration::from_millis(most), "{path} took {:?}", since.elapsed());
    }
}

#[tokio::test]
async fn ten_gigabytes_are_not_read() {
    let megabyte = vec![b'x'; 1 << 20];
    let web = WebServer::allowed(move |path| match path {
        "/declared" => Does::Says(format!("{HEAD}content-length: 10000000000\r\n\r\n").into_bytes()),
        "/chunked" => {
            let chunk = [format!("{:x}\r\n", megabyte.len()).as_bytes(), &megabyte, b"\r\n"].concat();
            Does::Drips(format!("{HEAD}transfer-encoding: chunked\r\n\r\n").into_bytes(), chunk, Duration::ZERO)
        }
        _ => Does::Drips(format!("{HEAD}\r\n").into_bytes(), megabyte.clone(), Duration::ZERO),
    })
    .await;
    let outbound = outbound(settings());
    for path in ["/declared", "/chunked", "/until-the-end"] {
        let error = outbound.fetch(Errand::get(web.url(path))).await.unwrap_err();
        assert_eq!(error, FetchError::TooLarge, "{path}");
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    // What fits into the buffers of both ends, and no more: nobody reads on.
    assert!(web.sent() < 64 << 20, "{} bytes went out", web.sent());
}

#[tokio::test]
async fn what_decompresses_to_too_much_is_given_up_as_it_does() {
    let bomb = gzip(&vec![0; 200 << 20]);
    assert!(bomb.len() < 300_000);
    let inner = gzip(&bomb);
    let web = WebServer::allowed(move |path| match path {
        "/bomb" => says(200, "content-encoding: gzip\r\n", &bomb),
        "/twice" => says(200, "content-encoding: gzip, gzip\r\n", &inner),
        "/brotli" => says(200, "content-encoding: br\r\n", "x"),
        "/broken" => says(200, "content-encoding: gzip\r\n", "no gzip"),
        "/cut" => says(200, "content-encoding: gzip\r\n", &gzip(b"hello")[..12]),
        "/members" => says(200, "content-encoding: gzip\r\n", [gzip(b"hello "), gzip(b"world")].concat()),
        _ => says(200, "content-encoding: GZIP\r\n", gzip(b"hello world")),
    })
    .await;
    let outbound = outbound(settings());
    let fetch = async |path: &str| outbound.fetch(Errand::get(web.url(path))).await;
    assert_eq!(fetch("/bomb").await.unwrap_err(), FetchError::TooLarge);
    for path in ["/twice", "/brotli", "/broken", "/cut"] {
        assert_eq!(fetch(path).await.unwrap_err(), FetchError::Undecodable, "{path}");
    }
    for path in ["/members", "/plain"] {
        assert_eq!(&fetch(path).await.unwrap().body[..], b"hello world", "{path}");
    }
}

#[tokio::test]
async fn headers_without_end_are_not_read_either() {
    let line = format!("x-filler: {}\r\n", "y".repeat(1_000));
    let web = WebServer::allowed(move |path| match path {
        "/endless" => Does::Drips(HEAD.into(), line.clone().into_bytes(), Duration::ZERO),
        "/many" => says(200, &"a: b\r\n".repeat(1_000), "x"),
        _ => says(200, &line.repeat(30), "x"),
    })
    .await;
    let outbound = outbound(settings());
    let fetch = async |path: &str| outbound.fetch(Errand::get(web.url(path))).await.unwrap_err();
    assert_eq!(fetch("/endless").await, FetchError::Unreachable);
    assert_eq!(fetch("/many").await, FetchError::Unreachable);
    assert_eq!(fetch("/long").await, FetchError::TooLarge);
}

#[tokio::test]
async fn what_is_no_http_is_unreachable_and_so_is_nobody() {
    let web = WebServer::allowed(|path| match path {
        "/ssh" => Does::Says(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        "/smuggled" => says(200, "content-length: 1\r\ntransfer-encoding: chunked\r\n", "x"),
        _ => Does::Says(Vec::new()),
    })
    .await;
    let outbound = outbound(settings());
    for path in ["/ssh", "/nothing"] {
        assert_eq!(outbound.fetch(Errand::get(web.url(path))).await.unwrap_err(), FetchError::Unreachable, "{path}");
    }
    assert!(outbound.fetch(Errand::get(web.url("/smuggled"))).await.is_err());
    let nobody = "http://127.0.0.2:1/";
    assert_eq!(outbound.fetch(Errand::get(nobody)).await.unwrap_err(), FetchError::Unreachable);
}
