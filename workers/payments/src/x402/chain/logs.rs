//! Whether and how a nonce was spent, by the state and the logs of the token.

use aipaygen_x402::{B256, Payment};
use alloy::providers::Provider;
use alloy::rpc::types::{Filter, Log};
use alloy::sol_types::SolEvent;

use super::{Chain, Token, Unreachable, unreachable};
use crate::settlement::Transfer;

/// What became of a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::x402) enum Spent {
    /// Nothing.
    Not,
    /// It paid us what it should, whoever submitted it.
    OnUs(Transfer),
    /// It was cancelled, or used for something else, in this transaction.
    Otherwise(B256),
}

impl Chain {
    /// What became of the nonce of a payment that was free at this Unix second. State and logs must agree: a node
    /// that shows a dead nonce and not what killed it is not believed.
    pub(in crate::x402) async fn spent(&self, payment: &Payment, since: u64) -> Result<Spent, Unreachable> {
        let head = self.head().await?;
        if !self.is_dead(payment.payer, payment.nonce, head).await? {
            return Ok(Spent::Not);
        }
        let transaction = self.last_use(payment, head, since).await?.ok_or(Unreachable)?;
        Ok(match self.transfer_in(payment, transaction).await? {
            Some(transfer) => Spent::OnUs(transfer),
            None => Spent::Otherwise(transaction),
        })
    }

    /// The transaction that used or cancelled the nonce, looked for backwards from a block.
    async fn last_use(&self, payment: &Payment, head: u64, since: u64) -> Result<Option<B256>, Unreachable> {
        let mut last = head;
        loop {
            let first = last.saturating_sub(self.logs_blocks_max - 1);
            let logs = self.uses(payment, first, last).await?;
            if let Some(transaction) = logs.last().and_then(|log| log.transaction_hash) {
                return Ok(Some(transaction));
            }
            if first == 0 || self.time_of(first).await? < since {
                return Ok(None);
            }
            last = first - 1;
        }
    }

    async fn uses(&self, payment: &Payment, first: u64, last: u64) -> Result<Vec<Log>, Unreachable> {
        let kinds = vec![Token::AuthorizationUsed::SIGNATURE_HASH, Token::AuthorizationCanceled::SIGNATURE_HASH];
        let filter = Filter::new().address(payment.asset.address).from_block(first).to_block(last);
        let filter = filter.event_signature(kinds).topic1(payment.payer).topic2(payment.nonce);
        self.node.get_logs(&filter).await.map_err(|error| unreachable(&error))
    }
}
