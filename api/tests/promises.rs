//! Every answer keeps the promises; the support code looks at each, these are the ones that are easily forgotten.

use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::Method;

use crate::support::{Answer, House};

#[tokio::test]
async fn errors_of_every_layer_are_problems() {
    let house = House::open().await;
    Answer::to(house.request(Method::GET, "/nothing/here")).await.is_problem(404, "not-found");
    Answer::to(house.request(Method::POST, "/tools/unknown")).await.is_problem(404, "not-found");
    let put = Answer::to(house.request(Method::PUT, "/echo/run")).await;
    put.is_problem(405, "method-not-allowed");
    assert_eq!(put.header("allow"), "OPTIONS, POST");
    let target = format!("/{}", "a".repeat(5_000));
    Answer::to(house.request(Method::GET, &target)).await.is_problem(414, "uri-too-long");
    let large = house.request(Method::GET, "/health").header("x-large", "a".repeat(20_000));
    Answer::to(large).await.is_problem(431, "head-too-large");
}

#[tokio::test]
async fn head_and_options_are_answered_like_get() {
    let house = House::open().await;
    let head = Answer::to(house.request(Method::HEAD, "/pricing")).await.expect(200);
    assert_eq!(head.text(), "");
    let options = Answer::to(house.request(Method::OPTIONS, "/tools/echo")).await.expect(204);
    assert_eq!(options.header("allow"), "OPTIONS, POST, GET, HEAD");
}

#[tokio::test]
async fn a_request_id_is_ours_and_the_callers_own_is_echoed_if_it_is_decent() {
    let house = House::open().await;
    let with = |id: &'static str| house.request(Method::GET, "/livez").header("x-request-id", id);
    let answer = Answer::to(with("mine-1")).await;
    assert_eq!(answer.header("x-client-request-id"), "mine-1");
    assert_ne!(answer.header("x-request-id"), "mine-1");
    assert_eq!(Answer::to(with("has a space")).await.header("x-client-request-id"), "");
    let long = house.request(Method::GET, "/livez").header("x-client-request-id", "a".repeat(129));
    assert_eq!(Answer::to(long).await.header("x-client-request-id"), "");
}

#[tokio::test]
async fn an_answer_to_a_key_is_for_its_owner_alone() {
    let house = House::open().await;
    assert_eq!(house.get("/auth/balance").await.header("cache-control"), "no-store");
    assert_eq!(house.get("/pricing").await.header("cache-control"), "no-store");
    let public = Answer::to(house.request(Method::GET, "/pricing")).await;
    assert_eq!(public.header("cache-control"), "public, max-age=300");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_of_a_path_skips_the_payment() {
    let house = House::open().await;
    for (path, status) in [
        ("/echo/run", 402),
        ("/%65cho/run", 402),
        ("/tools/ech%6F", 402),
        ("/echo/run?x=1", 402),
        ("/echo/run/", 404),
        ("/echo%2Frun", 404),
        ("//echo/run", 404),
        ("/echo/./run", 404),
        ("/ECHO/run", 404),
    ] {
        let answered = raw(
            &house.url,
            &format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
        );
        assert!(answered.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answered}");
        assert!(answered.contains("x-request-id: req_"), "{path}: {answered}");
    }
    assert!(house.payments.asked().is_empty());
}

#[tokio::test]
async fn the_operators_port_is_another() {
    let house = House::open().await;
    let admin = |path: &str| house.client.get(format!("{}{path}", house.admin_url)).send();
    assert_eq!(admin("/metrics").await.unwrap().text().await.unwrap(), "up 1\n");
    assert_eq!(admin("/livez").await.unwrap().status(), 200);
    assert_eq!(admin("/readyz").await.unwrap().status(), 200);
    assert_eq!(admin("/auth/balance").await.unwrap().status(), 404);
    Answer::to(house.request(Method::GET, "/metrics")).await.is_problem(404, "not-found");
}

/// What is answered to these bytes.
fn raw(url: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answered = String::new();
    stream.read_to_string(&mut answered).unwrap();
    answered
}
