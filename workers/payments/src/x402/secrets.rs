//! Keys that come by setting or by file: the one that pays gas, and the one that Coinbase's facilitator knows us by.

use std::path::Path;

use aipaygen_x402::Settings;
use alloy::signers::local::PrivateKeySigner;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::SettlementsError;

/// An API key at Coinbase's facilitator.
pub(super) struct CdpKey {
    pub(super) id: String,
    pub(super) secret: SecretString,
}

/// The file that Coinbase hands out. Older ones call the id a name.
#[derive(Deserialize)]
struct CdpFile {
    #[serde(alias = "name")]
    id: String,
    #[serde(rename = "privateKey")]
    private_key: SecretString,
}

/// The key that pays gas.
pub(super) fn gas_key(settings: &Settings) -> Result<PrivateKeySigner, SettlementsError> {
    let setting = "gas_key";
    let text = match read("gas_key_file", &settings.gas_key_file)? {
        Some(text) => text,
        None => Zeroizing::new(settings.gas_key.expose_secret().to_owned()),
    };
    text.trim().parse().map_err(|_| SettlementsError::Key { setting })
}

/// The key that the facilitator asks for, if it does.
pub(super) fn cdp_key(settings: &Settings) -> Result<Option<CdpKey>, SettlementsError> {
    let setting = "cdp_key_file";
    if let Some(text) = read(setting, &settings.cdp_key_file)? {
        let file: CdpFile = serde_json::from_str(&text).map_err(|_| SettlementsError::Key { setting })?;
        return Ok(Some(CdpKey { id: file.id, secret: file.private_key }));
    }
    let has_key = !settings.cdp_key_id.is_empty();
    Ok(has_key.then(|| CdpKey { id: settings.cdp_key_id.clone(), secret: settings.cdp_key_secret.clone() }))
}

fn read(setting: &'static str, path: &Path) -> Result<Option<Zeroizing<String>>, SettlementsError> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).map_err(|_| SettlementsError::File { setting })?;
    Ok(Some(Zeroizing::new(text)))
}
