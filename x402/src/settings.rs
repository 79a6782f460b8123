//! What an operator sets for being paid by x402. The defaults stand in the shipped configuration file.

use std::path::PathBuf;
use std::sync::Arc;

use alloy_primitives::Address;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::asset::Asset;
use crate::network::Network;
use crate::offer::Terms;

/// The settings of x402. The api needs what [`Settings::terms`] makes of them; all else is for payments workers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address that is paid, with its checksum; empty: x402 is not offered.
    pub pay_to: String,
    /// The chain.
    pub network: Network,
    /// The token's contract, with its checksum; empty: the network's USDC.
    pub asset: String,
    /// The `name` and `version` of another token's EIP-712 domain.
    pub asset_name: String,
    /// See `asset_name`.
    pub asset_version: String,
    /// How long buyers are told that it takes at most until a payment has settled.
    pub max_timeout_s: u64,
    /// A payment must stay valid for longer than this, which settling it may take.
    pub valid_for_s_min: u64,
    /// A payment must not stay valid for longer than this.
    pub valid_for_s_max: u64,
    /// Whether signatures of contract wallets (ERC-1271) are taken, and asked for at the contract.
    pub contract_wallets: bool,
    /// Who puts payments on the chain.
    pub settle: Settle,
    /// The facilitator's base URL.
    pub facilitator_url: String,
    /// How long one call to the facilitator may take.
    pub facilitator_timeout_ms: u64,
    /// The id of the API key at Coinbase's facilitator.
    pub cdp_key_id: String,
    /// Its secret: an Ed25519 key in base64, or an EC key in PEM.
    pub cdp_key_secret: SecretString,
    /// The file that Coinbase hands out, instead of the two.
    pub cdp_key_file: PathBuf,
    /// The JSON-RPC node. May carry credentials.
    pub rpc_url: SecretString,
    /// How long one call to the node may take.
    pub rpc_timeout_ms: u64,
    /// How many blocks one look for logs spans at most.
    pub rpc_logs_blocks_max: u64,
    /// The private key that pays gas in hex, for `settle = "self"`.
    pub gas_key: SecretString,
    /// The file with that key, instead of it.
    pub gas_key_file: PathBuf,
    /// The highest price for gas that we pay, tip included.
    pub gas_price_wei_max: u64,
    /// After how long without a block our own transaction is sent again for a higher price.
    pub resend_after_ms: u64,
    /// How many blocks a transfer must have, its own included, before it pays for work.
    pub confirmations: u64,
    /// After how many blocks on top a block counts as final.
    pub final_blocks: u64,
    /// How often it is looked whether what has settled still stands.
    pub watch_interval_ms: u64,
    /// How long a caller is kept waiting for the settlement of a payment.
    pub settle_timeout_ms: u64,
}

/// Who puts payments on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Settle {
    /// A facilitator, over HTTP.
    Facilitator,
    /// We, with a key of our own that pays the gas.
    #[serde(rename = "self")]
    Ourselves,
}

/// What is wrong with the settings. Names a setting, never its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not an address.
    #[error(
        "{setting} must be an address with its checksum (EIP-55), such as 0x209693Bc6afc0C5328bA36FaF03C514EF312287C"
    )]
    Address {
        /// Which setting.
        setting: &'static str,
    },
    /// A token that nobody knows.
    #[error("asset_name and asset_version must be set for an asset that is not the network's USDC, and for no other")]
    Domain,
    /// Not a URL, or one that anybody on the way could read and change.
    #[error("{setting} must be an https:// URL (http:// on loopback)")]
    Url {
        /// Which setting.
        setting: &'static str,
    },
    /// A bound that lets nothing through.
    #[error("{setting} must be above zero")]
    Zero {
        /// Which setting.
        setting: &'static str,
    },
    /// Windows that do not fit into each other.
    #[error("valid_for_s_min must be below max_timeout_s, and that at most valid_for_s_max, at most a day")]
    Window,
    /// Final before it is confirmed.
    #[error("confirmations must be at most final_blocks")]
    Final,
    /// Settlement that would be believed unseen.
    #[error("rpc_url is empty: every settlement is checked on the chain")]
    Rpc,
    /// No gas.
    #[error("gas_key or gas_key_file is needed where settle is \"self\"")]
    GasKey,
    /// Two places for one secret.
    #[error("{setting} and {setting}_file must not both be set")]
    Twice {
        /// Which setting.
        setting: &'static str,
    },
    /// Half a credential.
    #[error("cdp_key_id and cdp_key_secret (or cdp_key_file) are needed together, and by Coinbase's facilitator")]
    Cdp,
}

const DAY_S: u64 = 86_400;
/// The facilitator that asks who is calling.
const CDP: &str = "https://api.cdp.coinbase.com/";

impl Settings {
    /// The terms of every offer, or none where nobody is to be paid.
    pub fn terms(&self) -> Result<Option<Arc<Terms>>, SettingsError> {
        if self.pay_to.is_empty() {
            return Ok(None);
        }
        if !(self.valid_for_s_min < self.max_timeout_s
            && self.max_timeout_s <= self.valid_for_s_max
            && self.valid_for_s_max <= DAY_S)
        {
            return Err(SettingsError::Window);
        }
        Ok(Some(Arc::new(Terms {
            network: self.network,
            asset: self.token()?,
            pay_to: address("pay_to", &self.pay_to)?,
            max_timeout_s: self.max_timeout_s,
            valid_for_s_min: self.valid_for_s_min,
            valid_for_s_max: self.valid_for_s_max,
            contract_wallets: self.contract_wallets,
        })))
    }

    /// Checks what every role can: the terms, and the URL that callers are told.
    pub fn validate(&self) -> Result<(), SettingsError> {
        if self.terms()?.is_some() && self.settle == Settle::Facilitator {
            secure("facilitator_url", &self.facilitator_url)?;
        }
        Ok(())
    }

    /// Checks what settles: secrets, bounds, and where the chain is.
    pub fn validate_settlement(&self) -> Result<(), SettingsError> {
        self.validate()?;
        self.validate_bounds()?;
        match self.rpc_url.expose_secret() {
            "" => return Err(SettingsError::Rpc),
            url => secure("rpc_url", url)?,
        }
        self.validate_keys()
    }

    fn validate_bounds(&self) -> Result<(), SettingsError> {
        let above_zero = [
            ("facilitator_timeout_ms", self.facilitator_timeout_ms),
            ("rpc_timeout_ms", self.rpc_timeout_ms),
            ("rpc_logs_blocks_max", self.rpc_logs_blocks_max),
            ("gas_price_wei_max", self.gas_price_wei_max),
            ("resend_after_ms", self.resend_after_ms),
            ("confirmations", self.confirmations),
            ("watch_interval_ms", self.watch_interval_ms),
            ("settle_timeout_ms", self.settle_timeout_ms),
        ];
        match above_zero.into_iter().find(|(_, value)| *value == 0) {
            Some((setting, _)) => Err(SettingsError::Zero { setting }),
            None if self.confirmations > self.final_blocks => Err(SettingsError::Final),
            None => Ok(()),
        }
    }

    fn validate_keys(&self) -> Result<(), SettingsError> {
        let has = |secret: &SecretString| !secret.expose_secret().is_empty();
        let has_file = |path: &PathBuf| !path.as_os_str().is_empty();
        let (gas, gas_file) = (has(&self.gas_key), has_file(&self.gas_key_file));
        let (cdp, cdp_file) = (has(&self.cdp_key_secret), has_file(&self.cdp_key_file));
        match self.settle {
            _ if gas && gas_file => Err(SettingsError::Twice { setting: "gas_key" }),
            Settle::Ourselves if !gas && !gas_file => Err(SettingsError::GasKey),
            _ if cdp_file && cdp => Err(SettingsError::Twice { setting: "cdp_key" }),
            _ if !cdp_file && cdp == self.cdp_key_id.is_empty() => Err(SettingsError::Cdp),
            Settle::Facilitator if self.facilitator_url.starts_with(CDP) && !cdp && !cdp_file => {
                Err(SettingsError::Cdp)
            }
            Settle::Facilitator | Settle::Ourselves => Ok(()),
        }
    }

    fn token(&self) -> Result<Asset, SettingsError> {
        let usdc = Asset::usdc(self.network);
        let address = if self.asset.is_empty() { usdc.address } else { address("asset", &self.asset)? };
        match (address == usdc.address, self.asset_name.as_str(), self.asset_version.as_str()) {
            (true, "", "") => Ok(usdc),
            (true, ..) | (false, "", _) | (false, _, "") => Err(SettingsError::Domain),
            (false, name, version) => {
                Ok(Asset { address, name: name.to_owned().into(), version: version.to_owned().into() })
            }
        }
    }
}

/// An address that carries its checksum: a typo in it would pay someone else.
fn address(setting: &'static str, text: &str) -> Result<Address, SettingsError> {
    Address::parse_checksummed(text, None).map_err(|_| SettingsError::Address { setting })
}

fn secure(setting: &'static str, url: &str) -> Result<(), SettingsError> {
    let loopback = ["http://127.0.0.1", "http://[::1]", "http://localhost"];
    let is_loopback = loopback
        .iter()
        .any(|prefix| url.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])));
    let is_https = url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
    if is_loopback || is_https { Ok(()) } else { Err(SettingsError::Url { setting }) }
}
