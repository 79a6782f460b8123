//! The judge: what the chain and the ledger say, whatever was claimed.

use std::collections::BTreeSet;

use aipaygen_testchain::Transfer;

use super::market::{Market, decoded, shop};
use crate::support::http::Answer;
use crate::support::wait;

/// What callers hold in their hands in the end.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Answers that were paid by x402: the transaction that each one names.
    transactions: Vec<String>,
    /// Vouchers, each the price of one call.
    vouchers: BTreeSet<String>,
}

impl Told {
    /// What these answers told.
    pub(crate) fn by<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> Self {
        let mut told = Self::default();
        for answer in answers {
            told.hear(answer);
        }
        told
    }

    fn hear(&mut self, answer: &Answer) {
        if answer.status == 200 {
            assert!(!answer.header("x-payment-receipt").is_empty(), "{answer:?}");
            let settled: serde_json::Value = decoded(answer.header("payment-response"));
            assert_eq!(settled["success"], true, "{answer:?}");
            self.transactions.push(settled["transaction"].as_str().unwrap().to_owned());
        }
        let voucher = answer.header("x-refund-credit");
        if voucher.starts_with("rc_") {
            self.vouchers.insert(voucher.to_owned());
        }
    }
}

impl Market {
    /// Everything that has moved to us on the chain.
    pub(crate) async fn transfers(&self) -> Vec<Transfer> {
        self.chain.transfers_to(shop()).await
    }

    /// Judges: each transfer is behind exactly one answer or one voucher and each of these has its transfer, the
    /// transactions that were told are those of the chain, and the books hold every unit that has moved.
    pub(crate) async fn judge(&self, told: &Told) {
        let books = self.app.settled().await;
        let transfers = self.transfers().await;
        let moved: BTreeSet<_> = transfers.iter().map(|transfer| transfer.transaction.to_string()).collect();
        let answered: BTreeSet<_> = told.transactions.iter().cloned().collect();
        assert_eq!(answered.len(), told.transactions.len(), "one transfer paid for two answers: {told:?}");
        assert!(answered.is_subset(&moved), "answered without a transfer: {told:?} {transfers:?}");
        assert_eq!(transfers.len(), answered.len() + told.vouchers.len(), "{told:?} {transfers:?} {books:?}");
        let sum: u64 = transfers.iter().map(|transfer| transfer.value).sum();
        assert_eq!(self.wallet_in_the_books().await, sum, "the books do not hold what has moved: {books:?}");
    }

    /// What the ledger says that we hold in USDC.
    pub(crate) async fn wallet_in_the_books(&self) -> u64 {
        let told = self.app.cli(&["ledger", "trial-balance", "--json"]).expect(0).json();
        let lines = told["trial_balance"]["lines"].as_array().unwrap_or_else(|| panic!("{told}"));
        let line = lines.iter().find(|line| line["account"].as_str().unwrap().contains("usdc"));
        line.map_or(0, |line| line["balance"]["debit"].as_u64().unwrap_or_else(|| panic!("{line}")))
    }

    /// Waits until so many transfers have come.
    pub(crate) async fn transferred(&self, count: usize) {
        wait::until("the chain has the transfers", async || (self.transfers().await.len() >= count).then_some(()))
            .await;
    }
}
