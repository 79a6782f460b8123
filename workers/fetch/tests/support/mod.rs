//! What the tests stand on: a name server and web servers of their own, and a canary that nobody may reach.
//!
//! The web servers are on 127.0.0.2, which the tests' policy allows as an operator's private target; the canary is on
//! 127.0.0.1, on a port that may be asked, so that its address alone keeps it from being reached.

pub(crate) mod dns;
pub(crate) mod server;
pub(crate) mod tls;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aipaygen_fetch::outbound::Outbound;
use aipaygen_fetch::{Settings, guard};
use tokio::net::TcpListener;

/// Where the web servers are.
pub(crate) const ALLOWED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
/// Where the canary is.
pub(crate) const DENIED: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The settings of the tests: small limits, and the private target that an operator allows.
pub(crate) fn settings() -> Settings {
    Settings {
        guard: guard::Settings {
            ports: vec![80, 443, 8080, 8443],
            denied: vec![],
            denied_names: vec![],
            allowed: vec!["127.0.0.2/32 1-65535".parse().unwrap()],
            allowed_names: vec![],
        },
        name_servers: vec![],
        dns_timeout_ms: 1_500,
        extra_roots: PathBuf::new(),
        user_agent: "AiPayGen/test".to_owned(),
        robots_honoured: true,
        robots_cached_max: 100,
        robots_cached_s: 60,
        connect_timeout_ms: 2_000,
        first_byte_timeout_ms: 2_000,
        total_timeout_ms: 20_000,
        redirects_max: 5,
        header_bytes_max: 16 * 1024,
        body_bytes_max: 1_000_000,
        decoded_bytes_max: 2_000_000,
        refusal_step_ms: 100,
        calls_in_flight_max: 64,
        fetches_per_host_max: 16,
        fetches_per_batch_max: 4,
        readers: 2,
        reader_timeout_ms: 10_000,
        reader_memory_bytes_max: 1 << 30,
        text_chars_max: 100_000,
        links_max: 100,
    }
}

/// With a name server, and ports that may be asked of any address.
pub(crate) fn settings_with(dns: SocketAddr, ports: &[u16]) -> Settings {
    let mut settings = settings();
    settings.name_servers = vec![dns.to_string()];
    settings.guard.ports.extend(ports);
    settings
}

pub(crate) fn outbound(settings: Settings) -> Outbound {
    Outbound::try_new(settings).unwrap()
}

/// Counts who connects to it.
pub(crate) struct Canary {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Canary {
    pub(crate) async fn on(address: impl Into<SocketAddr>) -> Self {
        let listener = TcpListener::bind(address.into()).await.unwrap();
        let (address, connections) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let count = connections.clone();
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, connections }
    }

    /// A moment later, so that who has connected is counted.
    pub(crate) async fn connections(&self) -> usize {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        self.connections.load(Ordering::SeqCst)
    }
}
