//! A payment that has been verified locally: everything that settling it needs, and nothing of what it buys.

use std::fmt;

use alloy_primitives::{Address, B256, Bytes};
use serde::{Deserialize, Serialize};

use crate::asset::Asset;
use crate::authorization::Authorization;
use crate::envelope::Version;
use crate::network::Network;
use crate::offer::Offer;
use crate::signature::{Signature, SignatureKind};

/// A payment for an offer of ours. Made by [`crate::verify`] alone; on the bus it is JSON.
///
/// Whether its nonce is still free, and whether a contract wallet has signed it, only the chain knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The chain.
    pub network: Network,
    /// The token.
    pub asset: Asset,
    /// Who pays.
    pub payer: Address,
    /// Who is paid: us.
    pub pay_to: Address,
    /// How much, in millionths of a dollar, which are the smallest unit of USDC.
    pub value: u64,
    /// The Unix second that must have passed.
    pub valid_after: u64,
    /// The Unix second that must not have been reached when it settles.
    pub valid_before: u64,
    /// What makes it obeyed once.
    pub nonce: B256,
    /// The signature in the one spelling that contracts take.
    pub signature: Bytes,
    /// Who can tell whether it is the payer's.
    pub signature_kind: SignatureKind,
    /// The version in which the buyer spoke, and is answered.
    pub version: Version,
    /// The URL of what was offered, a template of ours and never what a caller asked.
    pub resource: String,
    /// The `maxTimeoutSeconds` of the offer.
    pub max_timeout_s: u64,
}

/// What makes two payments the same, however they are written: the contract obeys one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PaymentId {
    /// The chain.
    pub chain_id: u64,
    /// The token.
    pub asset: Address,
    /// Who pays.
    pub payer: Address,
    /// What makes it obeyed once.
    pub nonce: B256,
}

impl Payment {
    pub(crate) fn new(offer: &Offer, version: Version, paid: &Authorization, signature: Signature) -> Self {
        Self {
            network: offer.terms.network,
            asset: offer.terms.asset.clone(),
            payer: paid.from,
            pay_to: paid.to,
            value: paid.value,
            valid_after: paid.valid_after,
            valid_before: paid.valid_before,
            nonce: paid.nonce,
            signature: signature.bytes,
            signature_kind: signature.kind,
            version,
            resource: offer.resource.url.clone(),
            max_timeout_s: offer.terms.max_timeout_s,
        }
    }

    /// What makes it this payment and no other.
    #[must_use]
    pub const fn id(&self) -> PaymentId {
        PaymentId {
            chain_id: self.network.chain_id(),
            asset: self.asset.address,
            payer: self.payer,
            nonce: self.nonce,
        }
    }

    /// What was signed.
    #[must_use]
    pub const fn authorization(&self) -> Authorization {
        Authorization {
            from: self.payer,
            to: self.pay_to,
            value: self.value,
            valid_after: self.valid_after,
            valid_before: self.valid_before,
            nonce: self.nonce,
        }
    }

    /// Whether the payer's key has signed it. A payment that crossed a bus proves it anew with this; one of a
    /// contract wallet can only be asked for at the contract.
    #[must_use]
    pub fn is_signed_by_key(&self) -> bool {
        let digest = self.authorization().digest(&self.asset.domain(self.network));
        Signature::check(self.signature.to_vec(), &digest, self.payer, false).is_ok()
    }
}

impl PaymentId {
    /// How many bytes it has.
    pub const LEN: usize = 80;

    /// The identity as bytes: chain (big-endian), asset, payer, nonce.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..8].copy_from_slice(&self.chain_id.to_be_bytes());
        bytes[8..28].copy_from_slice(self.asset.as_slice());
        bytes[28..48].copy_from_slice(self.payer.as_slice());
        bytes[48..].copy_from_slice(self.nonce.as_slice());
        bytes
    }
}

/// Chain, asset, payer and nonce in lower-case hex, with hyphens between.
impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chain_id, asset, payer, nonce } = self;
        write!(f, "{chain_id}-{}-{}-{}", plain(asset), plain(payer), plain(nonce))
    }
}

fn plain(bytes: impl AsRef<[u8]>) -> String {
    alloy_primitives::hex::encode(bytes)
}
