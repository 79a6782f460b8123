//! A witness: sees what the chain shows and can submit nothing, so that it needs no key.

use std::sync::Arc;

use aipaygen_x402::{Address, Settings, SettingsError};
use secrecy::ExposeSecret;

use super::chain::{Chain, Unreachable};
use super::{Movement, SettlementsError};

/// Tells what has moved to us.
pub struct Witness {
    chain: Chain,
}

/// The node cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the node at rpc_url does not answer")]
pub struct ChainUnreachable;

impl Witness {
    /// A witness of the chain of these settings, once the node and the token have been seen to be theirs; none if
    /// nobody is to be paid.
    pub async fn init(settings: &Settings) -> Result<Option<Self>, SettlementsError> {
        let Some(terms) = settings.terms()? else { return Ok(None) };
        if settings.rpc_url.expose_secret().is_empty() {
            return Err(SettingsError::Rpc.into());
        }
        let chain = Chain::try_new(settings, &Arc::clone(&terms))?;
        chain.check().await?;
        Ok(Some(Self { chain }))
    }

    /// Who is paid, in which token, on which chain.
    #[must_use]
    pub fn subject(&self) -> (u64, Address, Address) {
        let terms = &self.chain.terms;
        (terms.network.chain_id(), terms.asset.address, terms.pay_to)
    }

    /// What has moved to us in blocks from one Unix second up to another, that one excluded, oldest first.
    pub async fn movements(&self, from: u64, to: u64) -> Result<Vec<Movement>, ChainUnreachable> {
        self.chain.movements(from, to).await.map_err(|Unreachable| ChainUnreachable)
    }
}
