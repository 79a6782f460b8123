//! A wallet: a key that authorizes payments, and the headers that buyers of each kind send.

use aipaygen_x402::{Address, Authorization, B256, Bytes, Offer, Terms};
use alloy_primitives::{U256, eip191_hash_message, keccak256, uint};
use alloy_sol_types::{SolStruct, sol};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};

sol! {
    struct CancelAuthorization {
        address authorizer;
        bytes32 nonce;
    }
}

/// The order of secp256k1.
const ORDER: U256 = uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);

/// A key of this test alone, derived from a name.
#[derive(Clone, Debug)]
pub struct Wallet {
    key: SigningKey,
    address: Address,
}

impl Wallet {
    /// The wallet of this name: the same name, the same key.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let key = SigningKey::from_slice(keccak256(name).as_slice()).unwrap();
        let address = Address::from_private_key(&key);
        Self { key, address }
    }

    /// Where its money is: its own address, unless it acts for a contract wallet.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The private key in hex, for processes that sign by themselves.
    #[must_use]
    pub fn private_key(&self) -> String {
        format!("0x{}", alloy_primitives::hex::encode(self.key.to_bytes()))
    }

    /// The same key, acting for a contract wallet that obeys it.
    #[must_use]
    pub fn acting_for(&self, contract: Address) -> Self {
        Self { key: self.key.clone(), address: contract }
    }

    /// What pays this offer from now until its time is up. The number makes the nonce: another number, another payment.
    #[must_use]
    pub fn authorization(&self, offer: &Offer, now: u64, number: u64) -> Authorization {
        Authorization {
            from: self.address,
            to: offer.terms.pay_to,
            value: offer.amount,
            valid_after: 0,
            valid_before: now + offer.terms.max_timeout_s,
            nonce: self.nonce(number),
        }
    }

    /// A nonce of this wallet.
    #[must_use]
    pub fn nonce(&self, number: u64) -> B256 {
        keccak256([self.address.as_slice(), &number.to_be_bytes()].concat())
    }

    /// Its signature over an authorization: r, s, and 27 or 28.
    #[must_use]
    pub fn sign(&self, authorization: &Authorization, terms: &Terms) -> Bytes {
        self.sign_digest(authorization.digest(&terms.asset.domain(terms.network)))
    }

    /// Its signature over the cancellation of a nonce.
    #[must_use]
    pub fn sign_cancellation(&self, nonce: B256, terms: &Terms) -> Bytes {
        let cancellation = CancelAuthorization { authorizer: self.address, nonce };
        self.sign_digest(cancellation.eip712_signing_hash(&terms.asset.domain(terms.network)))
    }

    /// The header of version 2 that pays this offer with this authorization.
    #[must_use]
    pub fn v2(&self, offer: &Offer, authorization: &Authorization) -> String {
        header(&json!({
            "x402Version": 2,
            "resource": offer.resource,
            "accepted": offer.requirements(),
            "payload": self.payload(&offer.terms, authorization),
        }))
    }

    /// The header of version 1 that pays this offer with this authorization.
    #[must_use]
    pub fn v1(&self, offer: &Offer, authorization: &Authorization) -> String {
        header(&json!({
            "x402Version": 1,
            "scheme": "exact",
            "network": offer.terms.network.v1_name(),
            "payload": self.payload(&offer.terms, authorization),
        }))
    }

    /// The inner payload of both versions.
    #[must_use]
    pub fn payload(&self, terms: &Terms, authorization: &Authorization) -> Value {
        let Authorization { from, to, value, valid_after, valid_before, nonce } = *authorization;
        json!({
            "signature": self.sign(authorization, terms),
            "authorization": {
                "from": from.to_string(),
                "to": to.to_string(),
                "value": value.to_string(),
                "validAfter": valid_after.to_string(),
                "validBefore": valid_before.to_string(),
                "nonce": nonce.to_string(),
            },
        })
    }

    /// Its signature over a text (EIP-191), in hex.
    #[must_use]
    pub fn sign_message(&self, message: &str) -> String {
        self.sign_digest(eip191_hash_message(message)).to_string()
    }

    /// The other signature over the same (a high s), which contracts refuse.
    #[must_use]
    pub fn twin(signature: &str) -> String {
        let bytes: Bytes = signature.parse().unwrap();
        let s = ORDER - U256::from_be_slice(&bytes[32..64]);
        let other = if bytes[64] == 27 { 28 } else { 27 };
        Bytes::from([&bytes[..32], &s.to_be_bytes::<32>(), &[other]].concat()).to_string()
    }

    fn sign_digest(&self, digest: B256) -> Bytes {
        let (signature, recovery) = self.key.sign_prehash_recoverable(digest.as_slice()).unwrap();
        [&signature.to_bytes()[..], &[27 + recovery.to_byte()]].concat().into()
    }
}

fn header(envelope: &Value) -> String {
    STANDARD.encode(envelope.to_string())
}
