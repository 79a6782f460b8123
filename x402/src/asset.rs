//! The token that we are paid in, as its contract signs.

use std::borrow::Cow;

use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::Eip712Domain;
use serde::{Deserialize, Serialize};

use crate::network::Network;

/// A token with EIP-3009 and six decimals: its contract, and the name and version under which it verifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// The contract.
    pub address: Address,
    /// The `name` of its EIP-712 domain.
    pub name: Cow<'static, str>,
    /// The `version` of its EIP-712 domain.
    pub version: Cow<'static, str>,
}

impl Asset {
    /// Circle's USDC on this network.
    #[must_use]
    pub const fn usdc(network: Network) -> Self {
        let (address, name) = match network {
            Network::Base => (address!("833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"), "USD Coin"),
            Network::BaseSepolia => (address!("036CbD53842c5426634e7929541eC2318f3dCF7e"), "USDC"),
        };
        Self { address, name: Cow::Borrowed(name), version: Cow::Borrowed("2") }
    }

    /// The EIP-712 domain that an authorization of this token is signed under.
    #[must_use]
    pub fn domain(&self, network: Network) -> Eip712Domain {
        let chain = U256::from(network.chain_id());
        Eip712Domain::new(Some(self.name.clone()), Some(self.version.clone()), Some(chain), Some(self.address), None)
    }

    /// The separator of that domain, which the contract tells too.
    #[must_use]
    pub fn domain_separator(&self, network: Network) -> B256 {
        self.domain(network).separator()
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::b256;

    use super::*;

    #[test]
    fn the_separators_are_those_of_the_contracts() {
        let separators = Network::ALL.map(|network| Asset::usdc(network).domain_separator(network));
        assert_eq!(separators[0], b256!("02fa7265e7c5d81118673727957699e4d68f74cd74b7db77da710fe8a2c7834f"));
        assert_eq!(separators[1], b256!("71f17a3b2ff373b803d70a5a07c046c1a2bc8e89c09ef722fcb047abe94c9818"));
    }
}
