//! Looks names up: in the DNS and nowhere else, all of their addresses, IPv4 and IPv6.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;

use crate::settings::Settings;

const DNS_PORT: u16 = 53;
const ATTEMPTS: usize = 2;

/// Asks the configured name servers.
pub(super) struct Names {
    resolver: Option<TokioResolver>,
    timeout: Duration,
}

impl Names {
    pub(super) fn new(settings: &Settings) -> Self {
        let timeout = Duration::from_millis(settings.dns_timeout_ms);
        let servers = servers(settings).into_iter().map(name_server).collect();
        let config = ResolverConfig::from_parts(None, Vec::new(), servers);
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        // Every address that anybody could connect to is judged, so both kinds are asked for.
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        // The machine's own names are not for strangers.
        options.use_hosts_file = ResolveHosts::Never;
        patience(options, timeout);
        Self { resolver: builder.build().ok(), timeout }
    }

    /// All addresses of a name; none if there are none, or not in time.
    pub(super) async fn addresses(&self, name: &str) -> Vec<IpAddr> {
        let Some(resolver) = &self.resolver else { return Vec::new() };
        let absolute = format!("{}.", name.trim_end_matches('.'));
        match tokio::time::timeout(self.timeout, resolver.lookup_ip(absolute)).await {
            Ok(Ok(found)) => found.iter().collect(),
            Ok(Err(_)) | Err(_) => Vec::new(),
        }
    }
}

/// The attempts share the time.
fn patience(options: &mut ResolverOpts, timeout: Duration) {
    options.attempts = ATTEMPTS;
    options.timeout = timeout / u32::try_from(ATTEMPTS).unwrap_or(1);
}

fn name_server(address: SocketAddr) -> NameServerConfig {
    let at = |mut connection: ConnectionConfig| {
        connection.port = address.port();
        connection
    };
    NameServerConfig::new(address.ip(), true, vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())])
}

fn servers(settings: &Settings) -> Vec<SocketAddr> {
    if !settings.name_servers.is_empty() {
        return settings.name_servers.iter().filter_map(|text| address(text)).collect();
    }
    let file = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let found: Vec<_> = file.lines().filter_map(|line| address(line.strip_prefix("nameserver")?.trim())).collect();
    // What C libraries do without one.
    if found.is_empty() { vec![(Ipv4Addr::LOCALHOST, DNS_PORT).into()] } else { found }
}

/// An address, with the port of the DNS unless it says another.
pub(crate) fn address(text: &str) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| Some(SocketAddr::new(text.parse().ok()?, DNS_PORT)))
}
