//! Free ports on loopback, for servers that have to be found again after a restart.

use std::net::{Ipv4Addr, TcpListener};

/// A port that nobody listened on a moment ago.
pub(crate) fn free() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
