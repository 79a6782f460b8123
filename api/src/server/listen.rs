//! Listening sockets.

use std::io;
use std::net::{SocketAddr, TcpListener};

use tokio::net::TcpSocket;

use crate::StartError;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 2_048;

/// Takes an address; connections to it wait from now on.
pub(super) fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    open(address).map_err(|source| StartError::Listen { listen: address, source })
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart does not wait for the connections of the process before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Where it listens, with the port that the system chose.
pub(super) fn address(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().expect("a listening socket has an address")
}

/// How a client on this machine writes it.
pub(super) fn url(address: SocketAddr, tls: bool) -> String {
    let scheme = if tls { "https" } else { "http" };
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { [0, 0, 0, 0, 0, 0, 0, 1].into() });
    }
    format!("{scheme}://{address}")
}
