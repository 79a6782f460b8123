//! The limit of HTTP on this machine: actix answering, from a process of its own, the bytes of a real paid answer,
//! and doing nothing else.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use actix_web::web::Bytes;
use actix_web::{App, HttpResponse, HttpServer, rt, web};

use crate::support::process::{Process, bound};
use crate::wire;

/// The argument that makes this program the bare server; the file of the answer follows.
pub(crate) const COMMAND: &str = "bare-answer";

/// A running bare server.
pub(crate) struct Bare {
    pub(crate) address: SocketAddr,
    _process: Process,
}

impl Bare {
    /// Starts a server that answers this, word for word, to whatever is asked.
    pub(crate) async fn start(dir: &Path, answer: &[u8]) -> Self {
        let file = dir.join("bare-answer.http");
        fs::write(&file, answer).unwrap();
        let mut program = bound(std::env::current_exe().unwrap());
        let mut process = Process::spawn("bare", dir, program.arg(COMMAND).arg(&file));
        let address = process.ready(async |process| process.stdout().strip_suffix('\n')?.parse().ok()).await;
        Self { address, _process: process }
    }
}

/// The server itself; ends with its process.
pub(crate) fn serve(file: &Path) {
    let answer = fs::read(file).unwrap();
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let fields: Vec<(String, String)> = wire::fields(&answer[..head])
        .filter(|(name, _)| !written_by_the_server(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let body = Bytes::copy_from_slice(&answer[head + 4..]);
    let respond = move |_read_whole: Bytes| {
        let mut response = HttpResponse::Ok();
        for (name, value) in &fields {
            response.append_header((name.as_str(), value.as_str()));
        }
        let response = response.body(body.clone());
        async { response }
    };
    let make = move || App::new().default_service(web::to(respond.clone()));
    let server = HttpServer::new(make).workers(cores()).bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    println!("{}", server.addrs()[0]);
    std::io::stdout().flush().unwrap();
    rt::System::new().block_on(server.run()).unwrap();
}

/// As many threads as the product's ingress has by default.
fn cores() -> usize {
    std::thread::available_parallelism().unwrap().get()
}

fn written_by_the_server(name: &str) -> bool {
    ["content-length", "date", "connection"].iter().any(|own| own.eq_ignore_ascii_case(name))
}
