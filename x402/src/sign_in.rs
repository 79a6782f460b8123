//! How a wallet proves that it is one: the message of EIP-4361, and the signature of EIP-191 over it.

use alloy_primitives::{Address, eip191_hash_message};

use crate::hex;
use crate::signature::Signature;

/// What a wallet signs to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn<'a> {
    /// The host, and the port if there is one, that asks.
    pub domain: &'a str,
    /// Its URL.
    pub uri: &'a str,
    /// The chain that the wallet is on.
    pub chain_id: u64,
    /// The wallet.
    pub address: Address,
    /// At least eight letters and digits that are never asked for again.
    pub nonce: &'a str,
    /// When it was asked for, as RFC 3339 writes it.
    pub issued_at: &'a str,
    /// Until when it is good.
    pub expires_at: &'a str,
}

impl SignIn<'_> {
    /// The text that is signed, byte by byte.
    #[must_use]
    pub fn message(&self) -> String {
        let Self { domain, uri, chain_id, address, nonce, issued_at, expires_at } = self;
        format!(
            "{domain} wants you to sign in with your Ethereum account:\n{address}\n\n\
             Sign in to see what this wallet has paid for. This moves no money.\n\n\
             URI: {uri}\nVersion: 1\nChain ID: {chain_id}\nNonce: {nonce}\nIssued At: {issued_at}\n\
             Expiration Time: {expires_at}"
        )
    }
}

/// Whether the key of this address has signed the message (EIP-191). A contract wallet has no key that could.
#[must_use]
pub fn has_signed(address: Address, message: &str, signature: &str) -> bool {
    let digest = eip191_hash_message(message);
    hex::bytes(signature).is_some_and(|bytes| Signature::check(bytes, &digest, address, false).is_ok())
}

#[cfg(test)]
mod tests {
    use alloy_primitives::address;

    use super::*;

    /// Signed by the first well-known key of development nodes, with the library of a buyer (viem 2.57).
    #[test]
    fn a_message_is_the_signers_alone() {
        let signer = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        let signature = SIGNATURE;
        assert!(has_signed(signer, &message(signer), signature));
        assert!(!has_signed(signer, &message(signer).replace("8453", "84532"), signature));
        assert!(!has_signed(Address::ZERO, &message(signer), signature));
        assert!(!has_signed(signer, &message(signer), "0x"));
    }

    const SIGNATURE: &str = "0xb725f2714159be36885478155581130779926bf4297848618b3b26bbbbab4e0f100378b7a46f3be88815a69e225cab7f2fe6b8150ebeb35f69e582b80d93663a1b";

    fn message(address: Address) -> String {
        let (issued_at, expires_at) = ("2026-11-27T12:00:00Z", "2026-11-27T12:05:00Z");
        let (domain, uri) = ("api.example.com", "https://api.example.com");
        SignIn { domain, uri, chain_id: 8453, address, nonce: "0123456789abcdef", issued_at, expires_at }.message()
    }
}
