//! Sealing and opening.

use std::fmt;

use aipaygen_events::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Secret;

type Private = <X25519HkdfSha256 as Kem>::PrivateKey;
type Public = <X25519HkdfSha256 as Kem>::PublicKey;
type Encapped = <X25519HkdfSha256 as Kem>::EncappedKey;

/// What the two sides agree on besides the keys.
const INFO: &[u8] = b"aipaygen sealed 1";

/// The private key of one process. It is made in there and cannot be taken out.
pub struct Opener {
    private: Private,
    public: PublicKey,
}

/// The public half, as it is announced.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(Public);

/// Text that is no public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an X25519 public key in base64url")]
pub struct PublicKeyError;

/// A sealed secret, as the bus carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The encapsulated key, in base64url.
    key: String,
    /// The ciphertext, in base64url.
    text: String,
}

/// Why something sealed is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is for another process or another request, or it was changed on its way.
    #[error("not sealed for this process and this request")]
    NotForUs,
    /// It came too late.
    #[error("what was sealed has expired")]
    Expired,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    expires_at: Timestamp,
    secret: Secret,
}

impl Opener {
    /// A new key.
    #[must_use]
    pub fn generate() -> Self {
        let (private, public) = X25519HkdfSha256::gen_keypair();
        Self { private, public: PublicKey(public) }
    }

    /// What others seal with.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Opens what was sealed for this process and bound to these words, unless its time has passed.
    pub fn open(&self, sealed: &Sealed, bound_to: &str, now: Timestamp) -> Result<Secret, OpenError> {
        let content = self.decrypt(sealed, bound_to).ok_or(OpenError::NotForUs)?;
        if now < content.expires_at { Ok(content.secret) } else { Err(OpenError::Expired) }
    }

    fn decrypt(&self, sealed: &Sealed, bound_to: &str) -> Option<Content> {
        let key = Encapped::from_bytes(&URL_SAFE_NO_PAD.decode(&sealed.key).ok()?).ok()?;
        let text = URL_SAFE_NO_PAD.decode(&sealed.text).ok()?;
        let opened = single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &self.private,
            &key,
            INFO,
            &text,
            bound_to.as_bytes(),
        );
        serde_json::from_slice(&Zeroizing::new(opened.ok()?)).ok()
    }
}

impl PublicKey {
    /// Seals a secret for the process of this key, bound to one request, until a moment.
    ///
    /// # Panics
    /// If the operating system has no randomness.
    #[must_use]
    pub fn seal(&self, secret: Secret, bound_to: &str, expires_at: Timestamp) -> Sealed {
        let content = Content { expires_at, secret };
        let content = Zeroizing::new(serde_json::to_vec(&content).expect("text and an integer"));
        let (key, text) = single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &self.0,
            INFO,
            &content,
            bound_to.as_bytes(),
        )
        .expect("a key that was checked when it was read, and one message");
        Sealed { key: URL_SAFE_NO_PAD.encode(key.to_bytes()), text: URL_SAFE_NO_PAD.encode(text) }
    }
}

impl TryFrom<String> for PublicKey {
    type Error = PublicKeyError;

    /// Refuses a key to which nothing can be sealed, such as one of small order.
    fn try_from(text: String) -> Result<Self, PublicKeyError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| PublicKeyError)?;
        let key = Public::from_bytes(&bytes).map_err(|_| PublicKeyError)?;
        let usable =
            single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(&OpModeS::Base, &key, INFO, b"", b"");
        usable.map(|_| Self(key)).map_err(|_| PublicKeyError)
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        URL_SAFE_NO_PAD.encode(key.0.to_bytes())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from(self.clone()))
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").field("public", &self.public).finish_non_exhaustive()
    }
}
