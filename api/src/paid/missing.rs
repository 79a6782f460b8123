//! What a 402 found lacking: nothing shown, or something that does not pay.

use std::fmt;

use aipaygen_events::MicroUsd;
use aipaygen_x402::Refused;
use serde_json::Value;

use crate::routes::money::put;

/// Why there is a 402.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// No payment of any kind.
    Payment,
    /// An x402 payment was shown, and none are taken here.
    X402NotTaken,
    /// More than one payment header.
    SeveralPayments,
    /// A payment that is none for this offer.
    Refused(Refused),
    /// A payment that moved no money.
    Failed { reason: String },
    /// A payment that was on the chain before it was shown here.
    Public,
    /// A voucher with another code, of another credit, or none.
    Voucher,
    /// A voucher whose remainder has expired.
    VoucherExpired,
    /// A voucher with too little left on it.
    VoucherFunds { remainder: MicroUsd },
    /// The balance is too low.
    Funds { available: MicroUsd },
    /// The balance is below the most that a metered call can cost; an answer of so many tokens would fit.
    Hold { available: MicroUsd, hold: MicroUsd, output_tokens: Option<u64> },
}

/// In a sentence that quotes nothing of the request.
impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payment => f.write_str("No payment was shown."),
            Self::X402NotTaken => f.write_str("An x402 payment was shown."),
            Self::SeveralPayments => f.write_str("More than one payment was shown: send exactly one."),
            Self::Refused(refused) => write!(f, "The payment is refused: {refused}."),
            Self::Failed { reason } => write!(f, "The payment did not settle ({reason}), and moved no money."),
            Self::Public => {
                f.write_str("The payment was on the chain before it was shown here, so that anybody can show it.")
            }
            Self::Voucher => f.write_str("The refund voucher is not one of ours."),
            Self::VoucherExpired => f.write_str("The refund voucher has expired."),
            Self::VoucherFunds { remainder } => write!(f, "{remainder} USD is left on the refund voucher."),
            Self::Funds { available } => write!(f, "{available} USD is available on the balance."),
            Self::Hold { available, hold, output_tokens } => {
                write!(
                    f,
                    "Metered, {hold} USD is held: the most that what you sent and max_tokens can cost; what is not \
                     used is given back. {available} USD is available. "
                )?;
                match output_tokens {
                    Some(tokens) => write!(f, "max_tokens of at most {tokens} would fit."),
                    None => f.write_str("No max_tokens would fit."),
                }
            }
        }
    }
}

impl Missing {
    /// Adds what is known beyond the sentence.
    pub(super) fn put_members(&self, members: &mut Value) {
        match self {
            Self::Refused(refused) => {
                members["reason"] = refused.code().into();
                members["field"] = refused.field().into();
            }
            Self::Failed { reason } => members["reason"] = reason.as_str().into(),
            Self::VoucherFunds { remainder: available } | Self::Funds { available } => {
                put(members, "available", *available);
            }
            Self::Hold { available, hold, output_tokens } => {
                put(members, "available", *available);
                put(members, "hold", *hold);
                members["max_tokens_affordable"] = (*output_tokens).into();
            }
            Self::Payment | Self::X402NotTaken | Self::SeveralPayments | Self::Public => {}
            Self::Voucher | Self::VoucherExpired => {}
        }
    }
}
