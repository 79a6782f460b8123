//! The receipt of a transaction: the proof that a payment has paid us.

use aipaygen_x402::{B256, Payment};
use alloy::primitives::U256;
use alloy::providers::Provider;
use alloy::rpc::types::{Log, TransactionReceipt};
use alloy::sol_types::SolEvent;

use super::{Chain, Token, Unreachable, unreachable};
use crate::settlement::Transfer;

impl Chain {
    /// Where in this transaction the payment has paid us, if it has.
    pub(in crate::x402) async fn transfer_in(
        &self,
        payment: &Payment,
        transaction: B256,
    ) -> Result<Option<Transfer>, Unreachable> {
        let receipt = self.node.get_transaction_receipt(transaction).await.map_err(|error| unreachable(&error))?;
        let Some(receipt) = receipt.filter(|receipt| proves(receipt, payment)) else { return Ok(None) };
        let Some(block) = receipt.block_number else { return Ok(None) };
        let is_final = self.head().await? >= block.saturating_add(self.final_blocks);
        Ok(Some(Transfer { transaction, block, is_final }))
    }
}

/// Whether a transaction has succeeded, and our token tells in it that this nonce was used and right then moved the
/// whole price from the payer to us.
fn proves(receipt: &TransactionReceipt, payment: &Payment) -> bool {
    let logs = receipt.logs();
    let pairs = logs.iter().zip(logs.iter().skip(1));
    receipt.status() && pairs.into_iter().any(|(used, moved)| is_use(used, payment) && is_price(moved, payment))
}

fn is_use(log: &Log, payment: &Payment) -> bool {
    log.address() == payment.asset.address
        && Token::AuthorizationUsed::decode_log(&log.inner)
            .is_ok_and(|used| (used.authorizer, used.nonce) == (payment.payer, payment.nonce))
}

fn is_price(log: &Log, payment: &Payment) -> bool {
    let price = (payment.payer, payment.pay_to, U256::from(payment.value));
    log.address() == payment.asset.address
        && Token::Transfer::decode_log(&log.inner).is_ok_and(|moved| (moved.from, moved.to, moved.value) == price)
}
