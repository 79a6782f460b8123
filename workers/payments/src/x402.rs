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
mod watch;
mod witness;

use std::sync::Arc;
use std::time::Duration;

use aipaygen_x402::{Settings, SettingsError, Settle};
use tokio::sync::OnceCell;

use chain::Chain;
pub(crate) use chain::Unreachable;
use facilitator::Facilitator;
use sender::Sender;
pub use transfers::Movement;
pub use watch::Watch;
pub use witness::{ChainUnreachable, Witness};

/// What settles payments and tells what the chain shows.
pub struct Settlements {
    chain: Arc<Chain>,
    submitter: Submitter,
    timeout: Duration,
    /// Set once the node and the token have been seen to be those of the settings.
    checked: OnceCell<()>,
}

#[expect(clippy::large_enum_variant, reason = "there is one a process")]
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
        let timeout = Duration::from_millis(settings.settle_timeout_ms);
        Ok(Some(Self { chain, submitter, timeout, checked: OnceCell::new() }))
    }

    /// Sees that the node is on the chain of the settings and the token verifies as we do, and asks the facilitator
    /// which versions it speaks. Until this has been so once, no payment is taken: it is tried with each of them.
    pub async fn init(&self) -> Result<(), SettlementsError> {
        self.checked.get_or_try_init(|| self.check()).await.copied()
    }

    async fn check(&self) -> Result<(), SettlementsError> {
        self.chain.check().await?;
        match &self.submitter {
            Submitter::Facilitator(facilitator) => facilitator.learn_versions(self.chain.network()).await,
            Submitter::Ourselves(_) => {}
        }
        Ok(())
    }

    /// Whether payments can be asked about, with the reason in the log where not.
    async fn is_ready(&self) -> bool {
        self.init().await.inspect_err(|error| tracing::error!(%error, "x402 payments cannot be taken")).is_ok()
    }
}
