//! A refund voucher: a credit that is nobody's balance, for who paid by x402 or by a voucher. Whoever shows its code
//! spends it.
//!
//! One stream a credit, `credit-<id>`. What a request costs is taken off it with the charge; the rest stays, until it
//! expires. The code is shown once and kept as a keyed hash.

mod code;
mod command;
mod decide;
mod event;
mod state;

pub use code::{MalformedCode, VOUCHER_ENTROPY_LEN, VoucherCode};
pub use command::{Charge, CreditCommand, Issue};
pub use decide::{Rejection, decide};
pub use event::{CreditCoded, CreditEvent, CreditExpired, CreditIssued, CreditSpent};
pub use state::{Credit, OpenCharge};

#[cfg(test)]
mod specs;
