//! An EIP-3009 authorization: what a buyer signs, and what the token's contract obeys once.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{Eip712Domain, SolStruct, sol};

use crate::envelope::Envelope;
use crate::hex;
use crate::refused::Refused;

sol! {
    struct TransferWithAuthorization {
        address from;
        address to;
        uint256 value;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
    }
}

/// `TransferWithAuthorization` of EIP-3009.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// Who pays.
    pub from: Address,
    /// Who is paid.
    pub to: Address,
    /// How much, in the asset's smallest unit.
    pub value: u64,
    /// The Unix second that must have passed.
    pub valid_after: u64,
    /// The Unix second that must not have been reached.
    pub valid_before: u64,
    /// What makes it obeyed once.
    pub nonce: B256,
}

impl Authorization {
    /// The hash that is signed.
    #[must_use]
    pub fn digest(&self, domain: &Eip712Domain) -> B256 {
        let message = TransferWithAuthorization {
            from: self.from,
            to: self.to,
            value: U256::from(self.value),
            validAfter: U256::from(self.valid_after),
            validBefore: U256::from(self.valid_before),
            nonce: self.nonce,
        };
        message.eip712_signing_hash(domain)
    }

    pub(crate) fn read(envelope: &Envelope) -> Result<Self, Refused> {
        Ok(Self {
            from: address(envelope, "payload.authorization.from")?,
            to: address(envelope, "payload.authorization.to")?,
            value: integer(envelope, "payload.authorization.value")?,
            valid_after: integer(envelope, "payload.authorization.validAfter")?,
            valid_before: integer(envelope, "payload.authorization.validBefore")?,
            nonce: fixed(envelope, "payload.authorization.nonce").map(B256::new)?,
        })
    }
}

pub(crate) fn address(envelope: &Envelope, field: &'static str) -> Result<Address, Refused> {
    fixed(envelope, field).map(Address::new)
}

fn fixed<const N: usize>(envelope: &Envelope, field: &'static str) -> Result<[u8; N], Refused> {
    hex::fixed(envelope.text(field)?).ok_or(Refused::Malformed { field })
}

/// A decimal integer. One that passes 64 bits stands for their greatest, which is neither a price nor a moment that
/// is near: it is refused as such.
pub(crate) fn integer(envelope: &Envelope, field: &'static str) -> Result<u64, Refused> {
    let text = envelope.text(field)?;
    let is_decimal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_decimal { Ok(text.parse().unwrap_or(u64::MAX)) } else { Err(Refused::Malformed { field }) }
}
