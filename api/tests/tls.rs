//! The listener with a certificate: TLS 1.3, and nothing before it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aipaygen_api::TlsSettings;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned};

use crate::support::House;

/// A certificate for `localhost` that the tests made for themselves.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

async fn house() -> House {
    House::with(|settings| {
        let (certificate_file, key_file) = (fixture("localhost.crt"), fixture("localhost.key"));
        settings.tls = Some(TlsSettings { certificate_file, key_file });
    })
    .await
}

fn connect(url: &str) -> TcpStream {
    TcpStream::connect(url.strip_prefix("https://").unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_are_answered_over_tls_1_3() {
    let house = house().await;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(fixture("localhost.crt")).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, connect(&house.url));
    stream.write_all(b"GET /security HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answered = String::new();
    stream.read_to_string(&mut answered).unwrap();
    assert!(answered.starts_with("HTTP/1.1 200 "), "{answered}");
    assert!(answered.contains(r#""tls":"1.3""#) && answered.contains("x-request-id: req_"), "{answered}");
    assert_eq!(stream.conn.protocol_version(), Some(ProtocolVersion::TLSv1_3));
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_1_2_and_plain_http_get_no_answer() {
    let house = house().await;
    let mut stream = connect(&house.url);
    stream.write_all(&hello_of_tls_1_2()).unwrap();
    let mut answered = Vec::new();
    stream.read_to_end(&mut answered).unwrap();
    const ALERT: u8 = 21;
    const PROTOCOL_VERSION: u8 = 70;
    assert_eq!((answered.first(), answered.get(6)), (Some(&ALERT), Some(&PROTOCOL_VERSION)), "{answered:?}");

    let mut stream = connect(&house.url);
    stream.write_all(b"GET /security HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answered = Vec::new();
    // A reset says no as well as an alert does.
    let _ = stream.read_to_end(&mut answered);
    assert!(!answered.starts_with(b"HTTP"), "{answered:?}");
}

/// A greeting as a client of TLS 1.2 sends it: no extension offers anything newer.
fn hello_of_tls_1_2() -> Vec<u8> {
    const LEGACY_VERSION: [u8; 2] = [3, 3];
    let (random, no_session, ciphers, no_compression) = ([7; 32], [0], [0, 2, 0xC0, 0x2B], [1, 0]);
    // secp256r1, its uncompressed points, and ECDSA over it with SHA-256.
    let extensions = [&[0, 10, 0, 4, 0, 2, 0, 23][..], &[0, 11, 0, 2, 1, 0], &[0, 13, 0, 4, 0, 2, 4, 3]].concat();
    let extensions = [&[0, u8::try_from(extensions.len()).unwrap()][..], &extensions].concat();
    let body = [&LEGACY_VERSION[..], &random, &no_session, &ciphers, &no_compression, &extensions].concat();
    let length = u8::try_from(body.len()).unwrap();
    [&[22, 3, 1, 0, length + 4, 1, 0, 0, length][..], &body].concat()
}
