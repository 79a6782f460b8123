//! Settlement by ourselves: a key that pays gas, one nonce after the other, and for each nonce somebody who sees to it
//! that it is mined.

mod lane;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aipaygen_x402::{B256, Payment, Settings};
use alloy::eips::eip2718::Encodable2718;
use alloy::network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy::primitives::{Address, Bytes};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolCall;
use alloy::transports::RpcError;

use super::chain::{Chain, Obstacle, Unreachable, call_of, unreachable};
use super::settle::Said;
use lane::{Fees, Lane};

/// The gas that a settlement may use, a wallet's own code included.
const GAS_MAX: u64 = 1_000_000;
/// How often a nonce that another process took first is replaced by the next one.
const NONCES_TRIED: usize = 4;

/// Submits payments itself.
pub(super) struct Sender {
    chain: Arc<Chain>,
    wallet: EthereumWallet,
    address: Address,
    gas_price_max: u128,
    resend_after: Duration,
    lane: tokio::sync::Mutex<Lane>,
}

/// A transaction that has been signed and handed to the node.
struct Sent {
    request: TransactionRequest,
    nonce: u64,
    fees: Fees,
    hash: B256,
}

impl Sender {
    pub(super) fn new(chain: Arc<Chain>, key: PrivateKeySigner, settings: &Settings) -> Self {
        Self {
            chain,
            address: key.address(),
            wallet: EthereumWallet::new(key),
            gas_price_max: settings.gas_price_wei_max.into(),
            resend_after: Duration::from_millis(settings.resend_after_ms),
            lane: tokio::sync::Mutex::default(),
        }
    }

    /// Submits a payment, unless the token would not obey it: that is found out before gas is paid for it.
    pub(super) async fn settle(self: &Arc<Self>, payment: &Payment) -> Said {
        match self.chain.simulate(payment).await {
            Ok(None) => {}
            Ok(Some(Obstacle::NonceUsed)) => return sent(Obstacle::NonceUsed.word(), None),
            Ok(Some(obstacle @ (Obstacle::Early | Obstacle::Paused))) => return again(obstacle.word()),
            Ok(Some(
                obstacle @ (Obstacle::Signature
                | Obstacle::Funds
                | Obstacle::Expired
                | Obstacle::Frozen
                | Obstacle::Other),
            )) => return Said::Refused { reason: obstacle.word().to_owned() },
            Err(Unreachable) => return again("node_unavailable"),
        }
        match self.send(payment).await {
            Ok(transaction) => {
                let hash = transaction.hash;
                let (sender, valid_before) = (Arc::clone(self), payment.valid_before);
                tokio::spawn(async move { sender.see_to(transaction, valid_before).await });
                sent("not_mined", Some(hash))
            }
            Err(said) => said,
        }
    }

    /// Signs and hands over a transaction under the next nonce. One at a time, or two would take the same.
    async fn send(&self, payment: &Payment) -> Result<Sent, Said> {
        let unavailable = |_: Unreachable| again("node_unavailable");
        let request = TransactionRequest::default()
            .with_from(self.address)
            .with_to(payment.asset.address)
            .with_input(Bytes::from(call_of(payment).abi_encode()));
        let gas = self.gas(&request).await.map_err(unavailable)?;
        let fees = self.market().await.map_err(unavailable)?;
        if fees.max > self.gas_price_max {
            return Err(again("gas_price_too_high"));
        }
        let request = request.with_gas_limit(gas).with_chain_id(payment.network.chain_id());
        let mut lane = self.lane.lock().await;
        for _ in 0..NONCES_TRIED {
            let nonce = lane.next(self.resend_after, self.pending_count()).await.map_err(unavailable)?;
            let (hash, raw) = self.sign(&request, nonce, fees).await.ok_or_else(|| again("gas_key"))?;
            match self.hand_over(&raw).await {
                Handed::Taken | Handed::Perhaps => {
                    lane.took(nonce);
                    return Ok(Sent { request, nonce, fees, hash });
                }
                // Another process with our key was faster, or a reorganisation took ours back.
                Handed::NonceTaken => lane.forget(),
                Handed::Refused => {
                    lane.forget();
                    return Err(again("node_refused"));
                }
            }
        }
        Err(again("gas_key_busy"))
    }

    /// Sends a transaction again for more until its nonce is mined: one that sticks would hold up all after it. Once
    /// the payment cannot be obeyed any more, the nonce is used for nothing.
    async fn see_to(&self, mut sent: Sent, valid_before: u64) {
        loop {
            tokio::time::sleep(self.resend_after).await;
            match self.node().get_transaction_count(self.address).await {
                Ok(mined) if mined > sent.nonce => return,
                Ok(_) => {}
                Err(error) => {
                    let Unreachable = unreachable(&error);
                    continue;
                }
            }
            if unix_now() >= valid_before {
                sent.request = self.nothing(&sent.request);
            }
            sent.fees = sent.fees.raised(self.market().await.ok(), self.gas_price_max);
            if let Some((hash, raw)) = self.sign(&sent.request, sent.nonce, sent.fees).await {
                sent.hash = hash;
                self.hand_over(&raw).await;
            }
        }
    }

    /// A transaction that does nothing, in the place of another.
    fn nothing(&self, request: &TransactionRequest) -> TransactionRequest {
        let nothing = TransactionRequest::default().with_from(self.address).with_to(self.address);
        let chain_id = request.chain_id.unwrap_or_else(|| self.chain.network().chain_id());
        nothing.with_gas_limit(21_000).with_chain_id(chain_id)
    }

    async fn sign(&self, request: &TransactionRequest, nonce: u64, fees: Fees) -> Option<(B256, Vec<u8>)> {
        let request = request.clone().with_nonce(nonce);
        let request = request.with_max_fee_per_gas(fees.max).with_max_priority_fee_per_gas(fees.tip);
        let envelope = request.build(&self.wallet).await.ok()?;
        Some((*envelope.tx_hash(), envelope.encoded_2718()))
    }

    async fn hand_over(&self, raw: &[u8]) -> Handed {
        match self.node().send_raw_transaction(raw).await {
            Ok(_) => Handed::Taken,
            Err(error) => {
                let words = match &error {
                    RpcError::ErrorResp(payload) => payload.message.to_lowercase(),
                    RpcError::NullResp
                    | RpcError::UnsupportedFeature(_)
                    | RpcError::LocalUsageError(_)
                    | RpcError::SerError(_)
                    | RpcError::DeserError { .. }
                    | RpcError::Transport(_) => {
                        let Unreachable = unreachable(&error);
                        return Handed::Perhaps;
                    }
                };
                Handed::of_words(&words)
            }
        }
    }

    /// What it takes, and a fifth more: a block may change what is cold and what is warm.
    async fn gas(&self, request: &TransactionRequest) -> Result<u64, Unreachable> {
        let gas = self.node().estimate_gas(request.clone()).await.map_err(|error| unreachable(&error))?;
        Ok(gas.saturating_add(gas / 5).min(GAS_MAX))
    }

    async fn market(&self) -> Result<Fees, Unreachable> {
        let market = self.node().estimate_eip1559_fees().await.map_err(|error| unreachable(&error))?;
        Ok(Fees { max: market.max_fee_per_gas, tip: market.max_priority_fee_per_gas })
    }

    async fn pending_count(&self) -> Result<u64, Unreachable> {
        self.node().get_transaction_count(self.address).pending().await.map_err(|error| unreachable(&error))
    }

    fn node(&self) -> &impl Provider {
        &self.chain.node
    }
}

/// What the node did with a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handed {
    /// It has it.
    Taken,
    /// It may have it.
    Perhaps,
    /// The nonce belongs to another one.
    NonceTaken,
    /// It does not want it.
    Refused,
}

impl Handed {
    /// Nodes tell these apart by words alone.
    fn of_words(words: &str) -> Self {
        if words.contains("already known") || words.contains("already imported") {
            Self::Taken
        } else if words.contains("nonce too low") || words.contains("underpriced") {
            Self::NonceTaken
        } else {
            tracing::error!("the node does not take a transaction; does the gas key have any ether?");
            Self::Refused
        }
    }
}

fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn sent(reason: &str, transaction: Option<B256>) -> Said {
    Said::Sent { reason: reason.to_owned(), transaction }
}

fn again(reason: &str) -> Said {
    Said::Again { reason: reason.to_owned() }
}
