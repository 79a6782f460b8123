//! What a charge was taken from.

use serde::{Deserialize, Serialize};

use crate::request::Tender;
use crate::{AccountId, CreditId, PaymentId, StreamId};

/// What pays for a request: it names the stream on which the charge lives, and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purse {
    /// The balance of an account.
    Account(AccountId),
    /// One x402 payment.
    Payment(PaymentId),
    /// A refund voucher.
    Voucher(CreditId),
}

impl Purse {
    /// Of the payment or the voucher that pays, or else of the account.
    #[must_use]
    pub const fn of(account: AccountId, payment: Option<PaymentId>, voucher: Option<CreditId>) -> Self {
        match (payment, voucher) {
            (Some(payment), _) => Self::Payment(payment),
            (None, Some(voucher)) => Self::Voucher(voucher),
            (None, None) => Self::Account(account),
        }
    }

    /// The stream on which its charges live.
    #[must_use]
    pub fn stream(self) -> StreamId {
        match self {
            Self::Account(account) => StreamId::account(account),
            Self::Payment(payment) => StreamId::payment(payment),
            Self::Voucher(credit) => StreamId::credit(credit),
        }
    }

    /// What kind of thing it is.
    #[must_use]
    pub const fn tender(self) -> Tender {
        match self {
            Self::Account(_) => Tender::Prepaid,
            Self::Payment(_) => Tender::X402,
            Self::Voucher(_) => Tender::Voucher,
        }
    }
}
