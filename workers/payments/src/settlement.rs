//! What is asked of a chain about a payment. Money is decided on its answers, so that each says what it knows and no
//! more: *unknown* is an answer.

use aipaygen_events::{Hash, Hex};
use aipaygen_x402::{B256, Payment};
use async_trait::async_trait;

/// What became of a payment that was to be settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The money is ours: the chain shows it, with as many confirmations as are asked for.
    Settled(Transfer),
    /// Whoever was to submit it refuses, and the chain agrees that it would not be obeyed now. Until its time is up
    /// somebody may still submit it: it is looked for until the chain rules that out.
    Failed {
        /// Why, as a word such as `insufficient_funds`.
        reason: String,
    },
    /// It may have been submitted. Ask again; never ask the buyer for another payment.
    Unknown {
        /// Why it is not known, as a word.
        reason: String,
        /// The transaction that may move the money.
        transaction: Option<B256>,
    },
}

/// Where the chain shows the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The transaction.
    pub transaction: B256,
    /// Its block.
    pub block: u64,
    /// Whether so many blocks are on top that no reorganisation will undo it.
    pub is_final: bool,
}

/// What the chain says of a payment that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// The money is ours, whoever submitted it.
    Settled(Transfer),
    /// It moved nothing and never will: its time is up, or its nonce is dead.
    Failed {
        /// Why, as a word.
        reason: String,
    },
    /// It moved nothing yet, and still can.
    Open,
    /// The chain cannot be asked, or has not made up its mind.
    Unknown,
}

/// Whether a payment may be claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The token would obey it now.
    Admitted,
    /// It was on the chain before it was first shown here, so that its signature was public.
    Public,
    /// The token would not obey it.
    Refused {
        /// Why, as a word.
        reason: String,
    },
    /// The chain cannot be asked: nothing is claimed.
    Unavailable,
}

/// Settles payments and tells what the chain shows. However often it is asked, the token obeys a payment once.
#[async_trait]
pub trait Settles: Send + Sync + 'static {
    /// Whether a payment that nobody has claimed may be. One that is worth nothing is to cause no write.
    async fn admit(&self, payment: &Payment) -> Admission;

    /// Settles a payment that was claimed at this Unix second, or finds that it is settled.
    async fn settle(&self, payment: &Payment, claimed_at: u64) -> Settlement;

    /// What the chain says of a payment that was claimed at this Unix second. Submits nothing.
    async fn lookup(&self, payment: &Payment, claimed_at: u64) -> Truth;
}

/// A hash as the log keeps it.
pub(crate) const fn hash(hash: B256) -> Hash {
    Hex(hash.0)
}
