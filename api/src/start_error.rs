//! Why the ingress does not start, each as a sentence for an operator.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the ingress does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Strangers would speak to us in plain text.
    #[error(
        "server.listen is {listen}, which is not loopback: set server.tls, or server.edge_tls = true if an edge in \
         front of it terminates TLS. Plain HTTP is served on loopback only"
    )]
    Plaintext {
        /// The address.
        listen: SocketAddr,
    },
    /// The public must be able to report a vulnerability.
    #[error("server.security_contact is not set: a service for the public names where vulnerabilities are reported")]
    NoSecurityContact,
    /// The public documents name the service by its URL.
    #[error("server.public_url is not set: a service for the public says under which URL it is found")]
    NoPublicUrl,
    /// A value that cannot be.
    #[error("server.{setting} must be {rule}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// A file of the certificate.
    #[error("cannot use {file}: {source}")]
    Certificate {
        /// Which file.
        file: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The address cannot be had.
    #[error("cannot listen on {listen}: {source}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Revocations could not be heard.
    #[error("cannot listen for revoked keys: {0}")]
    Bus(#[from] aipaygen_bus::BusError),
}
