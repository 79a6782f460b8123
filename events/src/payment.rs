//! An x402 payment: a signed authorization that is claimed before anything is done with it, settled once, and pays for
//! one request or one top-up.
//!
//! One stream a payment, `x402-<chain>-<asset>-<payer>-<nonce>`: of any number of copies one claims it, and the others
//! find the claim. What is not known to have settled is not known to have failed either: only the chain, once the
//! authorization has run out, turns *unknown* into *failed*.

mod command;
mod decide;
mod event;
mod id;
mod presented;
mod state;

pub use command::{Claim, Pay, PaymentCommand, Use};
pub use decide::{Rejection, decide};
pub use event::{
    Evidence, PaymentClaimed, PaymentEvent, PaymentFailed, PaymentReplayed, PaymentSettled, PaymentUnknown, Reason,
    SignedAuthorization,
};
pub use id::PaymentId;
pub use presented::Presented;
pub use state::{Charge, End, Payment, Settled, Standing};

#[cfg(test)]
mod specs;
