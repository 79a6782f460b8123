//! The nonces of the gas key, one after the other, and what a transaction offers for its gas.

use std::future::Future;
use std::time::{Duration, Instant};

use crate::x402::Unreachable;

/// The next nonce, as far as this process knows.
#[derive(Debug, Default)]
pub(super) struct Lane {
    next: Option<(u64, Instant)>,
}

impl Lane {
    /// The next nonce: ours for as long as what we sent last is seen to, then what the node counts. After a
    /// reorganisation that is less.
    pub(super) async fn next(
        &mut self,
        trusted_for: Duration,
        counted: impl Future<Output = Result<u64, Unreachable>>,
    ) -> Result<u64, Unreachable> {
        match self.next {
            Some((next, took_at)) if took_at.elapsed() < trusted_for => Ok(next),
            Some(_) | None => counted.await,
        }
    }

    pub(super) fn took(&mut self, nonce: u64) {
        self.next = Some((nonce + 1, Instant::now()));
    }

    /// Asks the node the next time.
    pub(super) const fn forget(&mut self) {
        self.next = None;
    }
}

/// What is offered for a unit of gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fees {
    /// At most, the tip included.
    pub(super) max: u128,
    /// To whoever makes the block.
    pub(super) tip: u128,
}

impl Fees {
    /// A quarter more, or the market's price if that is higher: nodes ask for a tenth more before they replace a
    /// transaction. Never above the bound.
    pub(super) fn raised(self, market: Option<Self>, max: u128) -> Self {
        let raised = |fee: u128| fee.saturating_add(fee / 4).saturating_add(1);
        let market = market.unwrap_or(self);
        let max = raised(self.max).max(market.max).min(max);
        Self { max, tip: raised(self.tip).max(market.tip).min(max) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_offers_enough_more_and_never_too_much() {
        let fees = Fees { max: 1_000, tip: 100 };
        assert_eq!(fees.raised(None, u128::MAX), Fees { max: 1_251, tip: 126 });
        let market = Fees { max: 5_000, tip: 10 };
        assert_eq!(fees.raised(Some(market), u128::MAX), Fees { max: 5_000, tip: 126 });
        assert_eq!(fees.raised(Some(market), 1_100), Fees { max: 1_100, tip: 126 });
        assert_eq!(fees.raised(None, 50), Fees { max: 50, tip: 50 });
    }
}
