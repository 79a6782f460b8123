//! A payer's signature: of a key, which is checked here, or of a contract, which only the contract can check.

use alloy_primitives::{Address, B256, Bytes, Signature as Ecdsa, U256, b256, uint};
use serde::{Deserialize, Serialize};

use crate::refused::Refused;

/// Half the order of secp256k1: a greater s has a twin below, and the contract refuses it.
const S_MAX: U256 = uint!(0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0_U256);
/// How a signature ends that comes wrapped for a wallet that is yet to be deployed.
const ERC_6492: B256 = b256!("6492649264926492649264926492649264926492649264926492649264926492");

/// Who can tell whether a signature is its payer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureKind {
    /// Anybody: it was made by the payer's key, and has been checked.
    Key,
    /// The contract at the payer's address (ERC-1271). Nothing is known until it has been asked.
    Contract,
}

/// A signature that may be its payer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Who can tell.
    pub kind: SignatureKind,
    /// The one spelling that contracts take: of a key r, s, and 27 or 28.
    pub bytes: Bytes,
}

impl Signature {
    /// Checks a signature over a digest as strictly as the contract will. What is not the key's may be a contract's,
    /// where those are taken.
    pub(crate) fn check(bytes: Vec<u8>, digest: &B256, payer: Address, contracts: bool) -> Result<Self, Refused> {
        if bytes.ends_with(ERC_6492.as_slice()) {
            return Err(Refused::Undeployed);
        }
        match Self::of_key(&bytes, digest, payer) {
            Err(_) if contracts && !bytes.is_empty() => {
                Ok(Self { kind: SignatureKind::Contract, bytes: bytes.into() })
            }
            checked => checked,
        }
    }

    fn of_key(bytes: &[u8], digest: &B256, payer: Address) -> Result<Self, Refused> {
        let bytes: [u8; 65] = bytes.try_into().map_err(|_| Refused::Malformed { field: "payload.signature" })?;
        let odd = match bytes[64] {
            0 | 27 => false,
            1 | 28 => true,
            2..=26 | 29.. => return Err(Refused::RecoveryId),
        };
        let signature = Ecdsa::from_bytes_and_parity(&bytes[..64], odd);
        if signature.s() > S_MAX {
            return Err(Refused::HighS);
        }
        let signer = signature.recover_address_from_prehash(digest).map_err(|_| Refused::Signature)?;
        if signer != payer {
            return Err(Refused::Signature);
        }
        Ok(Self { kind: SignatureKind::Key, bytes: Bytes::from(signature.as_bytes()) })
    }
}
