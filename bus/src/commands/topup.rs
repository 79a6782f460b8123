//! Topping up: an x402 payment becomes a prepaid balance.

use aipaygen_events::{AccountId, DepositId, KeyId, MicroUsd, RequestId};
use aipaygen_x402::Payment;
use serde::{Deserialize, Serialize};

use super::{Command, Refusal, Settled};

/// Put what a payment pays on an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Topup {
    /// The request that brings it.
    pub request: RequestId,
    /// The payment, verified locally. All of it is credited.
    pub payment: Box<Payment>,
    /// Keyed hash, in hex, of method, route, body and account: what the payment may be shown with again.
    pub request_hash: String,
    /// Method and route template.
    pub endpoint: String,
    /// The account of the key that was shown; without one it is the account of the wallet, and a key to it is made.
    pub account: Option<AccountId>,
    /// How long the request waits.
    pub timeout_ms: u64,
}

/// What became of [`Topup`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToppedUp {
    /// The money is on the account, by this command or by one before it.
    Deposited {
        /// Which account.
        account: AccountId,
        /// The deposit.
        deposit: DepositId,
        /// How much.
        amount: MicroUsd,
        /// The settlement.
        settled: Settled,
        /// A key to the account, for the request that first brought the payment, if it showed none. The only time that
        /// it is shown: once the payment is on the chain its signature proves nothing, and who has lost the key
        /// proves the wallet instead.
        key: Option<NewKey>,
    },
    /// Nothing was deposited.
    Refused(Refusal),
}

/// A key that was just made.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewKey {
    /// The public part.
    pub key: KeyId,
    /// All of it. Not `Debug`, so that it cannot slip into a log.
    pub api_key: String,
}

impl Command for Topup {
    const SUBJECT: &'static str = "cmd.payments.topup";
    type Reply = ToppedUp;
}
