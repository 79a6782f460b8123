//! The key-encryption keys of the configuration: the first wraps, all of them unwrap.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::envelope::{KEY_LEN, Key};
use crate::settings::SettingsError;

/// The keys, the one that wraps first.
pub(crate) struct Keyring(Vec<KeyEncryptionKey>);

/// One of them.
pub(crate) struct KeyEncryptionKey {
    /// Derived from the key, so that none is named by hand.
    pub(crate) id: String,
    pub(crate) key: Key,
}

impl Keyring {
    pub(crate) fn parse(text: &SecretString) -> Result<Self, SettingsError> {
        let texts = text.expose_secret().split([',', ' ', '\n']).filter(|text| !text.is_empty());
        let keys = texts.map(KeyEncryptionKey::parse).collect::<Result<Vec<_>, _>>()?;
        let repeated = (1..keys.len()).any(|at| keys[..at].iter().any(|before| before.id == keys[at].id));
        match keys.len() {
            0 => Err(SettingsError::NoKey),
            _ if repeated => Err(SettingsError::NotAKey),
            _ => Ok(Self(keys)),
        }
    }

    /// The one that wraps.
    pub(crate) fn current(&self) -> &KeyEncryptionKey {
        &self.0[0]
    }

    /// The one of this id.
    pub(crate) fn get(&self, id: &str) -> Option<&KeyEncryptionKey> {
        self.0.iter().find(|key| key.id == id)
    }
}

impl KeyEncryptionKey {
    fn parse(text: &str) -> Result<Self, SettingsError> {
        let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| SettingsError::NotAKey)?);
        let key = <[u8; KEY_LEN]>::try_from(bytes.as_slice()).map_err(|_| SettingsError::NotAKey)?;
        let digest = Sha256::new().chain_update(b"aipaygen key-encryption key").chain_update(key).finalize();
        let id = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { id, key: Key::new(key) })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn text(seeds: &[u8]) -> SecretString {
        seeds.iter().map(|seed| STANDARD.encode([*seed; 32])).collect::<Vec<_>>().join(",").into()
    }

    #[test]
    fn the_first_key_wraps_and_every_key_is_found_by_its_id() {
        let (one, both) = (Keyring::parse(&text(&[1])).unwrap(), Keyring::parse(&text(&[2, 1])).unwrap());
        assert_ne!(one.current().id, both.current().id);
        assert!(both.get(&one.current().id).is_some() && one.get(&both.current().id).is_none());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert_eq!(Keyring::parse(&"".into()).err(), Some(SettingsError::NoKey));
        for wrong in ["AAAA".into(), "not base64!".into(), text(&[1, 1])] {
            assert_eq!(Keyring::parse(&wrong).err(), Some(SettingsError::NotAKey));
        }
    }
}
