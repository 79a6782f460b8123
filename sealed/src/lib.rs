//! A secret on its way to one process: nobody between can read it, and that process cannot use it for anything else,
//! at another place or later.
//!
//! HPKE (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305) to a key that the receiving process makes when it starts
//! and never gives away. What is sealed says where it may go and until when; it is bound to one request.

mod hidden;
mod hpke;
mod secret;

pub use hidden::Hidden;
pub use hpke::{OpenError, Opener, PublicKey, PublicKeyError, Sealed};
pub use secret::{Credential, Place, Secret, Target};

#[cfg(test)]
mod tests;
