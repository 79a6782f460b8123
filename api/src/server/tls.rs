//! TLS 1.3, and nothing before it.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::TLS13;

use crate::StartError;
use crate::settings::TlsSettings;

/// The listener's side of TLS, with this certificate.
pub(super) fn config(settings: &TlsSettings) -> Result<ServerConfig, StartError> {
    let chain = CertificateDer::pem_file_iter(&settings.certificate_file)
        .and_then(Iterator::collect)
        .map_err(|error| unusable(&settings.certificate_file, error))?;
    let key =
        PrivateKeyDer::from_pem_file(&settings.key_file).map_err(|error| unusable(&settings.key_file, error))?;
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .map_err(|error| unusable(&settings.certificate_file, error))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| unusable(&settings.certificate_file, error))
}

fn unusable(file: &Path, error: impl std::error::Error + Send + Sync + 'static) -> StartError {
    StartError::Certificate { file: file.to_owned(), source: Box::new(error) }
}
