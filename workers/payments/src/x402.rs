//! Settlement of x402 payments: on the chain, seen on the chain, and never believed before.
//!
//! Whoever submits a payment (a facilitator, or we with a key of our own) says something; what counts is the receipt
//! and the logs of our asset. Three answers: the money is there, it never will be, or nobody knows yet. The third is
//! never taken for the second.

mod chain;
mod facilitator;
mod secrets;
mod sender;
mod settle;
mod transfers;

use std::sync::Arc;
use std::time::Duration;

use aipaygen_x402::{B256, Settings, SettingsError, Settle};

use chain::Chain;
pub(crate) use chain::Unreachable;
use facilitator::Facilitator;
use sender::Sender;
pub use transfers::{ChainUnreachable, Movement};

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

/// What settles payments and tells what the chain shows.
pub struct Settlements {
    chain: Arc<Chain>,
    submitter: Submitter,
    timeout: Duration,
}

enum Submitter {
    Facilitator(Facilitator),
    Ourselves(Arc<Sender>),
}

/// Why settlements cannot begin. None of them tells an address or a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettlementsError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A URL that is none.
    #[error("{setting} is not a URL")]
    Url {
        /// Which setting.
        setting: &'static str,
    },
    /// A file that cannot be read.
    #[error("{setting} cannot be read")]
    File {
        /// Which setting.
        setting: &'static str,
    },
    /// Not a key.
    #[error("{setting} is not a key of its kind")]
    Key {
        /// Which setting.
        setting: &'static str,
    },
    /// No TLS for HTTP clients.
    #[error("no HTTP client can be made")]
    Http,
    /// The node does not answer.
    #[error("the node at rpc_url does not answer")]
    Unreachable,
    /// The node is on another chain.
    #[error("the node at rpc_url is on chain {found}, and network is {expected}")]
    Chain {
        /// The chain of the settings.
        expected: u64,
        /// The chain of the node.
        found: u64,
    },
    /// The token signs otherwise.
    #[error("the asset's contract has another EIP-712 domain than asset_name and asset_version say, or is none")]
    Domain,
}

impl Settlements {
    /// What settles by these settings; none if nobody is to be paid.
    pub fn try_new(settings: &Settings) -> Result<Option<Self>, SettlementsError> {
        let Some(terms) = settings.terms()? else { return Ok(None) };
        settings.validate_settlement()?;
        let chain = Arc::new(Chain::try_new(settings, &terms)?);
        let submitter = match settings.settle {
            Settle::Facilitator => Submitter::Facilitator(Facilitator::try_new(settings)?),
            Settle::Ourselves => {
                let key = secrets::gas_key(settings)?;
                Submitter::Ourselves(Arc::new(Sender::new(Arc::clone(&chain), key, settings)))
            }
        };
        Ok(Some(Self { chain, submitter, timeout: Duration::from_millis(settings.settle_timeout_ms) }))
    }

    /// Sees that the node is on the chain of the settings and the token verifies as we do, and asks the facilitator
    /// which versions it speaks. Until this has been so, no payment is to be taken.
    pub async fn init(&self) -> Result<(), SettlementsError> {
        self.chain.check().await?;
        match &self.submitter {
            Submitter::Facilitator(facilitator) => facilitator.learn_versions(self.chain.network()).await,
            Submitter::Ourselves(_) => {}
        }
        Ok(())
    }
}
