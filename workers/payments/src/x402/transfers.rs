//! Everything that the asset has moved to us, for whoever compares it with the books.

use aipaygen_x402::{Address, B256};
use alloy::providers::Provider;
use alloy::rpc::types::{Filter, Log};
use alloy::sol_types::SolEvent;
use futures::{StreamExt, TryStreamExt};
use serde::Serialize;

use super::chain::{Chain, Token, Unreachable, unreachable};

/// How many receipts are asked for at once: a node answers few at a time.
const RECEIPTS_IN_FLIGHT: usize = 8;

/// One movement of the asset to us, as the chain shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Movement {
    /// Who paid.
    pub payer: Address,
    /// How much, in the asset's smallest unit; none if it is more than 64 bits hold.
    pub value: Option<u64>,
    /// The transaction.
    pub transaction: B256,
    /// Its block.
    pub block: u64,
    /// The place of the log in its block.
    pub log: u64,
    /// The nonce of the authorization that it obeyed; none if it was a plain transfer.
    pub nonce: Option<B256>,
}

impl Chain {
    /// What has moved to us in blocks from one Unix second up to another, that one excluded, oldest first.
    pub(super) async fn movements(&self, from: u64, to: u64) -> Result<Vec<Movement>, Unreachable> {
        let head = self.head().await?;
        let (mut first, last) = (self.first_at(from, head).await?, self.first_at(to, head).await?);
        let mut movements = Vec::new();
        while first < last {
            let until = last.min(first.saturating_add(self.logs_blocks_max));
            movements.extend(self.movements_in(first, until - 1).await?);
            first = until;
        }
        Ok(movements)
    }

    /// The first block at or after a moment, by halving; one past the head if there is none.
    async fn first_at(&self, moment: u64, head: u64) -> Result<u64, Unreachable> {
        let (mut low, mut high) = (0, head + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time_of(middle).await? < moment {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The movements to us within blocks, each with the nonce that the log right before it tells.
    async fn movements_in(&self, first: u64, last: u64) -> Result<Vec<Movement>, Unreachable> {
        let to_us = Filter::new().address(self.terms.asset.address).from_block(first).to_block(last);
        let to_us = to_us.event_signature(Token::Transfer::SIGNATURE_HASH).topic2(self.terms.pay_to);
        let logs = self.node.get_logs(&to_us).await.map_err(|error| unreachable(&error))?;
        let movements = futures::stream::iter(&logs).map(|log| self.movement(log)).buffered(RECEIPTS_IN_FLIGHT);
        movements.try_collect().await
    }

    async fn movement(&self, log: &Log) -> Result<Movement, Unreachable> {
        let moved = Token::Transfer::decode_log(&log.inner).map_err(|_| Unreachable)?;
        let transaction = log.transaction_hash.ok_or(Unreachable)?;
        let (block, place) = (log.block_number.ok_or(Unreachable)?, log.log_index.ok_or(Unreachable)?);
        let nonce = self.nonce_before(transaction, place, moved.from).await?;
        let value = u64::try_from(moved.value).ok();
        Ok(Movement { payer: moved.from, value, transaction, block, log: place, nonce })
    }

    async fn nonce_before(&self, transaction: B256, log: u64, payer: Address) -> Result<Option<B256>, Unreachable> {
        let receipt = self.node.get_transaction_receipt(transaction).await.map_err(|error| unreachable(&error))?;
        let receipt = receipt.ok_or(Unreachable)?;
        let before = receipt.logs().iter().find(|before| before.log_index.is_some_and(|place| place + 1 == log));
        let used = before.filter(|before| before.address() == self.terms.asset.address);
        let used = used.and_then(|before| Token::AuthorizationUsed::decode_log(&before.inner).ok());
        Ok(used.filter(|used| used.authorizer == payer).map(|used| used.nonce))
    }
}
