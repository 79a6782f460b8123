//! The chain: what it shows of a payment, asked of a node that may lag, err or be away.

mod abi;
mod logs;
mod receipt;

use std::sync::Arc;
use std::time::Duration;

use aipaygen_x402::{Network, Payment, Settings, Terms};
use alloy::eips::BlockId;
use alloy::primitives::{Address, B256, Bytes};
use alloy::providers::{Provider, RootProvider};
use alloy::rpc::client::ClientBuilder;
use alloy::rpc::types::TransactionRequest;
use alloy::sol_types::SolCall;
use alloy::transports::{RpcError, TransportError};
use secrecy::ExposeSecret;

use super::SettlementsError;
use crate::settlement::Transfer;
pub(super) use abi::{Obstacle, Token, call_of};
pub(super) use logs::Spent;

/// The gas that a question to a contract may use: a wallet's own code is run by it.
const CALL_GAS_MAX: u64 = 1_000_000;

/// The node, the token, and how much the chain must have said.
pub(super) struct Chain {
    pub(super) node: RootProvider,
    pub(super) terms: Arc<Terms>,
    confirmations: u64,
    final_blocks: u64,
    pub(super) logs_blocks_max: u64,
}

/// The node cannot be asked, or contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chain cannot be asked")]
pub(crate) struct Unreachable;

impl Chain {
    pub(super) fn try_new(settings: &Settings, terms: &Arc<Terms>) -> Result<Self, SettlementsError> {
        let setting = "rpc_url";
        let url = settings.rpc_url.expose_secret().parse().map_err(|_| SettlementsError::Url { setting })?;
        let http = client(settings.rpc_timeout_ms)?;
        Ok(Self {
            node: RootProvider::new(ClientBuilder::default().http_with_client(http, url)),
            terms: Arc::clone(terms),
            confirmations: settings.confirmations,
            final_blocks: settings.final_blocks,
            logs_blocks_max: settings.rpc_logs_blocks_max,
        })
    }

    pub(super) fn network(&self) -> Network {
        self.terms.network
    }

    /// Sees that the node is on our chain, and that the token's domain is the one that we verify under.
    pub(super) async fn check(&self) -> Result<(), SettlementsError> {
        let expected = self.terms.network.chain_id();
        let found = self.node.get_chain_id().await.map_err(|error| {
            report(&error);
            SettlementsError::Unreachable
        })?;
        if found != expected {
            return Err(SettlementsError::Chain { expected, found });
        }
        let separator = self.ask(Token::DOMAIN_SEPARATORCall {}, BlockId::latest()).await;
        let ours = self.terms.asset.domain_separator(self.terms.network);
        if separator.is_ok_and(|theirs| theirs == ours) { Ok(()) } else { Err(SettlementsError::Domain) }
    }

    /// Whether a payment is on this chain, in this token and to us: another one was claimed under other settings.
    pub(super) fn is_of(&self, payment: &Payment) -> bool {
        let Terms { network, asset, pay_to, .. } = &*self.terms;
        (&payment.network, &payment.asset, &payment.pay_to) == (network, asset, pay_to)
    }

    /// What stands in the way of the token's obeying a payment now, if anything.
    pub(super) async fn simulate(&self, payment: &Payment) -> Result<Option<Obstacle>, Unreachable> {
        let input = call_of(payment).abi_encode();
        match self.node.call(self.request(payment.asset.address, input)).await {
            Ok(_) => Ok(None),
            Err(error) => match reverted(&error) {
                Some(data) => Ok(Some(Obstacle::of_revert(&data))),
                None => Err(unreachable(&error)),
            },
        }
    }

    /// The number of the newest block.
    pub(super) async fn head(&self) -> Result<u64, Unreachable> {
        self.node.get_block_number().await.map_err(|error| unreachable(&error))
    }

    /// Whether the nonce of a payment is dead.
    pub(super) async fn is_dead_now(&self, payment: &Payment) -> Result<bool, Unreachable> {
        self.is_dead(payment.payer, payment.nonce, self.head().await?).await
    }

    /// Whether a nonce is dead, used or cancelled, as of a block: a node that has not seen that block says so,
    /// instead of answering as of an older one.
    pub(super) async fn is_dead(&self, payer: Address, nonce: B256, block: u64) -> Result<bool, Unreachable> {
        self.ask(Token::authorizationStateCall { authorizer: payer, nonce }, BlockId::number(block)).await
    }

    /// The time of a block in Unix seconds.
    pub(super) async fn time_of(&self, block: u64) -> Result<u64, Unreachable> {
        let found = self.node.get_header_by_number(block.into()).await.map_err(|error| unreachable(&error))?;
        found.map(|header| header.timestamp).ok_or(Unreachable)
    }

    /// The hash of a block, if there is one of this number.
    pub(super) async fn hash_of(&self, block: u64) -> Result<Option<B256>, Unreachable> {
        let found = self.node.get_header_by_number(block.into()).await.map_err(|error| unreachable(&error))?;
        Ok(found.map(|header| header.hash))
    }

    /// The newest block that is final when this one is the newest.
    pub(super) const fn final_before(&self, head: u64) -> u64 {
        head.saturating_sub(self.final_blocks)
    }

    /// Whether a moment is so far in the past that no block can come before it any more.
    pub(super) async fn is_finally_past(&self, moment: u64) -> Result<bool, Unreachable> {
        match self.head().await?.checked_sub(self.final_blocks) {
            Some(block) => Ok(self.time_of(block).await? >= moment),
            None => Ok(false),
        }
    }

    /// Whether a transfer has as many blocks, its own included, as we ask for.
    pub(super) async fn is_confirmed(&self, transfer: &Transfer) -> bool {
        match self.head().await {
            Ok(head) => head + 1 >= transfer.block + self.confirmations,
            Err(Unreachable) => false,
        }
    }

    /// Calls the token as of a block.
    async fn ask<C: SolCall>(&self, call: C, block: BlockId) -> Result<C::Return, Unreachable> {
        let request = self.request(self.terms.asset.address, call.abi_encode());
        let told = self.node.call(request).block(block).await.map_err(|error| unreachable(&error))?;
        C::abi_decode_returns(&told).map_err(|_| Unreachable)
    }

    fn request(&self, to: Address, input: Vec<u8>) -> TransactionRequest {
        TransactionRequest::default().to(to).input(Bytes::from(input).into()).gas_limit(CALL_GAS_MAX)
    }
}

/// An HTTP client for one fixed peer.
pub(super) fn client(timeout_ms: u64) -> Result<reqwest::Client, SettlementsError> {
    // The one provider of TLS. Whoever comes second finds it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let timeout = Duration::from_millis(timeout_ms);
    client.timeout(timeout).connect_timeout(timeout).build().map_err(|_| SettlementsError::Http)
}

/// The data of a revert, if that is what went wrong.
pub(super) fn reverted(error: &TransportError) -> Option<Bytes> {
    match error {
        RpcError::ErrorResp(payload) => {
            payload.as_revert_data().or_else(|| payload.message.contains("revert").then(Bytes::new))
        }
        RpcError::NullResp
        | RpcError::UnsupportedFeature(_)
        | RpcError::LocalUsageError(_)
        | RpcError::SerError(_)
        | RpcError::DeserError { .. }
        | RpcError::Transport(_) => None,
    }
}

pub(super) fn unreachable(error: &TransportError) -> Unreachable {
    report(error);
    Unreachable
}

/// Logs what went wrong without the words of the node or of the HTTP client, which hold its URL.
fn report(error: &TransportError) {
    match error {
        RpcError::ErrorResp(payload) => tracing::warn!(code = payload.code, "the node refuses a call"),
        RpcError::Transport(_) => tracing::warn!("the node cannot be reached"),
        RpcError::NullResp
        | RpcError::UnsupportedFeature(_)
        | RpcError::LocalUsageError(_)
        | RpcError::SerError(_)
        | RpcError::DeserError { .. } => tracing::warn!("the node answers what cannot be understood"),
    }
}
