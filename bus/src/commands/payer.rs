//! Who pays, and with what.

use aipaygen_events::api_key::KeyHash;
use aipaygen_events::{AccountId, Address, CreditId, Hash, Hex, KeyId, MicroUsd, PaymentId, Purse};
use aipaygen_x402::Payment;
use serde::{Deserialize, Serialize};

/// Who pays for a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// An account, from its balance.
    Prepaid {
        /// Which one.
        account: AccountId,
        /// The key that was shown.
        key: KeyId,
    },
    /// A wallet, for this one request.
    X402 {
        /// The payment, verified locally.
        payment: Box<Payment>,
        /// Keyed hash, in hex, of method, route and body: what the payment may be shown with again.
        request_hash: String,
    },
    /// Whoever holds a voucher.
    Voucher {
        /// Which one.
        credit: CreditId,
        /// The keyed hash of the code that was shown.
        hash: KeyHash,
    },
}

impl Payer {
    /// What the charge is taken from.
    #[must_use]
    pub fn purse(&self) -> Purse {
        match self {
            Self::Prepaid { account, .. } => Purse::Account(*account),
            Self::X402 { payment, .. } => Purse::Payment(payment_id(payment)),
            Self::Voucher { credit, .. } => Purse::Voucher(*credit),
        }
    }
}

/// The identity of a payment as the log knows it.
#[must_use]
pub fn payment_id(payment: &Payment) -> PaymentId {
    let id = payment.id();
    PaymentId { chain: id.chain_id, asset: Hex(id.asset.0.0), payer: Hex(id.payer.0.0), nonce: Hex(id.nonce.0) }
}

/// A payment that has settled: what a receipt and a settlement header say of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The CAIP-2 name of the chain.
    pub network: String,
    /// Who paid.
    pub payer: Address,
    /// The transaction.
    pub transaction: Hash,
    /// How much.
    pub amount: MicroUsd,
}
