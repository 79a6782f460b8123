//! XChaCha20-Poly1305 with random nonces: what is encrypted is bound to the place that it is kept in.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::VaultError;

pub(crate) const KEY_LEN: usize = 32;
const NONCE_LEN: usize = 24;
/// The first byte of what is kept: how it is to be read.
const VERSION: u8 = 1;

/// A key of this cipher, zeroed when it is dropped.
pub(crate) struct Key(Zeroizing<[u8; KEY_LEN]>);

/// Where something encrypted is kept. What is opened at another place does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's key.
    pub row: &'a str,
}

impl Key {
    pub(crate) fn new(bytes: [u8; KEY_LEN]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn generate() -> Result<Self, VaultError> {
        let mut key = Self::new([0; KEY_LEN]);
        getrandom::fill(key.0.as_mut_slice()).map_err(|_| VaultError::NoRandomness)?;
        Ok(key)
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::new)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Version, nonce, ciphertext and tag.
    pub(crate) fn encrypt(&self, place: Place<'_>, owner: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| VaultError::NoRandomness)?;
        let payload = Payload { msg: plain, aad: &bound_to(place, owner) };
        let cipher = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let cipher = cipher.expect("what is kept is far below the cipher's 256 GiB");
        Ok([&[VERSION], nonce.as_slice(), &cipher].concat())
    }

    pub(crate) fn decrypt(
        &self,
        place: Place<'_>,
        owner: &str,
        kept: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let tampered = VaultError::Tampered { table: place.table };
        let Some((&VERSION, rest)) = kept.split_first() else { return Err(tampered) };
        let Some((nonce, cipher)) = rest.split_first_chunk::<NONCE_LEN>() else { return Err(tampered) };
        let payload = Payload { msg: cipher, aad: &bound_to(place, owner) };
        let plain = self.cipher().decrypt(&XNonce::from(*nonce), payload);
        plain.map(Zeroizing::new).map_err(|_| tampered)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new_from_slice(self.bytes()).expect("a key of its length")
    }
}

/// Each part with its length, so that no two places are written alike.
fn bound_to(place: Place<'_>, owner: &str) -> Vec<u8> {
    let parts = ["aipaygen vault", place.table, place.column, place.row, owner];
    let with_length = |part: &str| [&(part.len() as u64).to_be_bytes(), part.as_bytes()].concat();
    parts.into_iter().flat_map(with_length).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use proptest::prelude::*;

    use super::*;

    const PLACE: Place<'static> = Place { table: "webhooks", column: "url", row: "wh_1" };

    fn key(seed: u8) -> Key {
        Key::new([seed; KEY_LEN])
    }

    #[test]
    fn the_same_is_never_encrypted_alike() {
        let (one, two) = (key(1).encrypt(PLACE, "a", b"x").unwrap(), key(1).encrypt(PLACE, "a", b"x").unwrap());
        assert_ne!(one, two);
        assert_ne!(one[1..=NONCE_LEN], two[1..=NONCE_LEN]);
    }

    #[test]
    fn the_edge_between_two_parts_of_a_place_is_part_of_it() {
        let kept = key(1).encrypt(Place { row: "ab", ..PLACE }, "c", b"x").unwrap();
        assert!(key(1).decrypt(Place { row: "a", ..PLACE }, "bc", &kept).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn it_comes_back_at_its_place_and_nowhere_else(
            plain in proptest::collection::vec(any::<u8>(), 0..200),
            row in "[a-z0-9_]{1,20}", other in "[a-z0-9_]{1,20}",
        ) {
            let place = Place { row: &row, ..PLACE };
            let kept = key(1).encrypt(place, "owner", &plain).unwrap();
            let opened = key(1).decrypt(place, "owner", &kept).unwrap();
            prop_assert_eq!(opened.as_slice(), plain.as_slice());
            prop_assert!(key(2).decrypt(place, "owner", &kept).is_err());
            prop_assert!(key(1).decrypt(place, "other", &kept).is_err());
            let mut elsewhere = vec![Place { table: "deliveries", ..place }, Place { column: "secret", ..place }];
            if other != row {
                elsewhere.push(Place { row: &other, ..place });
            }
            for place in elsewhere {
                prop_assert!(key(1).decrypt(place, "owner", &kept).is_err());
            }
        }

        #[test]
        fn a_changed_byte_and_a_cut_are_noticed(
            plain in proptest::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), with in 1_u8..,
        ) {
            let kept = key(1).encrypt(PLACE, "owner", &plain).unwrap();
            let at = at.index(kept.len());
            let mut changed = kept.clone();
            changed[at] ^= with;
            prop_assert!(key(1).decrypt(PLACE, "owner", &changed).is_err());
            prop_assert!(key(1).decrypt(PLACE, "owner", &kept[..at]).is_err());
        }
    }
}
