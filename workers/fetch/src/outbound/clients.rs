//! HTTP clients, each of which knows one name and the addresses that were judged for it, and can reach nothing else.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

use crate::guard::Checked;
use crate::settings::Settings;

/// A connection is kept for the next fetch from the same host for so long; it leads to an address that is still in the
/// answer, or is not used.
const IDLE: Duration = Duration::from_secs(10);
const CLIENTS_MAX: u64 = 512;
const IDLE_PER_HOST_MAX: usize = 4;

/// Why TLS cannot be spoken.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The file of further authorities.
    #[error("fetch.extra_roots: {} holds no certificates in PEM", .0.display())]
    Roots(PathBuf),
    /// The library refuses its own defaults.
    #[error("TLS: {0}")]
    Library(#[from] rustls::Error),
}

/// The clients in use.
pub(super) struct Clients {
    tls: ClientConfig,
    connect_timeout: Duration,
    header_bytes_max: u32,
    known: Cache<Key, Client>,
}

/// A name and its judged addresses, in order.
type Key = (String, Vec<SocketAddr>);

impl Clients {
    pub(super) fn try_new(settings: &Settings) -> Result<Self, TlsError> {
        Ok(Self {
            tls: tls(settings)?,
            connect_timeout: Duration::from_millis(settings.connect_timeout_ms),
            header_bytes_max: u32::try_from(settings.header_bytes_max).unwrap_or(u32::MAX),
            known: Cache::builder().max_capacity(CLIENTS_MAX).time_to_idle(IDLE).build(),
        })
    }

    /// The client for a target that was checked.
    pub(super) async fn of(&self, checked: &Checked) -> reqwest::Result<Client> {
        let name = checked.target().url().host_str().unwrap_or_default().to_owned();
        let mut addresses = checked.addresses().to_vec();
        addresses.sort_unstable();
        let key = (name, addresses);
        if let Some(client) = self.known.get(&key).await {
            return Ok(client);
        }
        let client = self.build(&key, checked.addresses())?;
        self.known.insert(key, client.clone()).await;
        Ok(client)
    }

    fn build(&self, (name, _): &Key, addresses: &[SocketAddr]) -> reqwest::Result<Client> {
        Client::builder()
            .dns_resolver(Pinned { name: name.clone(), addresses: addresses.to_vec() })
            .tls_backend_preconfigured(self.tls.clone())
            .no_proxy()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_gzip()
            .connect_timeout(self.connect_timeout)
            .http2_max_header_list_size(self.header_bytes_max)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
            .build()
    }
}

/// Answers with the judged addresses for their name, and with nothing for any other.
struct Pinned {
    name: String,
    addresses: Vec<SocketAddr>,
}

impl Resolve for Pinned {
    fn resolve(&self, name: Name) -> Resolving {
        let addresses = if name.as_str() == self.name { self.addresses.clone() } else { Vec::new() };
        Box::pin(async move {
            if addresses.is_empty() {
                return Err("a name that was not judged".into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The public authorities, and those that the operator adds.
pub(crate) fn tls(settings: &Settings) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let extra = &settings.extra_roots;
    if !extra.as_os_str().is_empty() {
        let unusable = || TlsError::Roots(extra.clone());
        for certificate in CertificateDer::pem_file_iter(extra).map_err(|_| unusable())? {
            roots.add(certificate.map_err(|_| unusable())?).map_err(|_| unusable())?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = versions.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
