//! From a claimed payment to what became of it.

use std::time::{Duration, Instant};

use aipaygen_x402::{B256, Payment};
use async_trait::async_trait;

use super::chain::{Obstacle, Spent, Unreachable};
use super::{Settlements, Submitter};
use crate::settlement::{Admission, Settlement, Settles, Truth};

/// How often the chain is looked at while somebody waits.
const LOOK: Duration = Duration::from_millis(250);
/// The pause before a payment that was not submitted is submitted once more.
const AGAIN: Duration = Duration::from_millis(500);

/// How much earlier than its claim a payment is looked for: clocks differ.
const MARGIN_S: u64 = 300;
/// The reason where the nonce is dead and has not paid us.
const CANCELLED: &str = "nonce_cancelled";

/// What whoever submits says became of it. Acted on, never believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It is on its way, or may be.
    Sent {
        /// Why it may not be there, should it not be found.
        reason: String,
        /// The transaction.
        transaction: Option<B256>,
    },
    /// It was not submitted, and never will be.
    Refused {
        /// Why.
        reason: String,
    },
    /// It was not submitted; it can be later.
    Again {
        /// Why.
        reason: String,
    },
}

#[async_trait]
impl Settles for Settlements {
    /// The token itself is asked, with the payment as it came. This is where a contract wallet is asked about its
    /// signature: by the token, and with a bound on gas.
    async fn admit(&self, payment: &Payment) -> Admission {
        if !self.is_ready().await || !self.chain.is_of(payment) {
            return Admission::Unavailable;
        }
        match self.chain.simulate(payment).await {
            Ok(None) => Admission::Admitted,
            Ok(Some(Obstacle::NonceUsed)) => Admission::Public,
            // The next block is later than the last one: a payment that is about to become valid is.
            Ok(Some(Obstacle::Early)) => match self.chain.is_dead_now(payment).await {
                Ok(false) => Admission::Admitted,
                Ok(true) => Admission::Public,
                Err(Unreachable) => Admission::Unavailable,
            },
            Ok(Some(obstacle)) => Admission::Refused { reason: obstacle.word().to_owned() },
            Err(Unreachable) => Admission::Unavailable,
        }
    }

    async fn settle(&self, payment: &Payment, claimed_at: u64) -> Settlement {
        if !self.is_ready().await || !self.chain.is_of(payment) {
            return unknown("node_unavailable", None);
        }
        let deadline = Instant::now() + self.timeout;
        let mut last = match self.found(payment, claimed_at, None).await {
            Ok(Some(settlement)) => return settlement,
            Ok(None) => "not_submitted".to_owned(),
            Err(Unreachable) => return unknown("node_unavailable", None),
        };
        while Instant::now() < deadline {
            match self.submit(payment).await {
                Said::Sent { reason, transaction } => {
                    return self.await_transfer(payment, claimed_at, (reason, transaction), deadline).await;
                }
                Said::Refused { reason } => return self.refused(payment, claimed_at, reason).await,
                Said::Again { reason } => last = reason,
            }
            tokio::time::sleep(AGAIN).await;
        }
        Settlement::Unknown { reason: last, transaction: None }
    }

    async fn lookup(&self, payment: &Payment, claimed_at: u64) -> Truth {
        if !self.is_ready().await || !self.chain.is_of(payment) {
            return Truth::Unknown;
        }
        match self.chain.spent(payment, since(claimed_at)).await {
            Ok(Spent::OnUs(transfer)) if self.chain.is_confirmed(&transfer).await => Truth::Settled(transfer),
            Ok(Spent::OnUs(_)) | Err(Unreachable) => Truth::Unknown,
            Ok(Spent::Otherwise(_)) => Truth::Failed { reason: CANCELLED.to_owned() },
            Ok(Spent::Not) => match self.chain.is_finally_past(payment.valid_before).await {
                Ok(true) => Truth::Failed { reason: "expired_unsettled".to_owned() },
                Ok(false) => Truth::Open,
                Err(Unreachable) => Truth::Unknown,
            },
        }
    }
}

impl Settlements {
    async fn submit(&self, payment: &Payment) -> Said {
        match &self.submitter {
            Submitter::Facilitator(facilitator) => facilitator.settle(payment).await,
            Submitter::Ourselves(sender) => sender.settle(payment).await,
        }
    }

    /// Looks at the chain until the money is there, or the deadline.
    async fn await_transfer(
        &self,
        payment: &Payment,
        claimed_at: u64,
        (reason, transaction): (String, Option<B256>),
        deadline: Instant,
    ) -> Settlement {
        loop {
            match self.found(payment, claimed_at, transaction).await {
                Ok(Some(settlement)) => return settlement,
                Ok(None) | Err(Unreachable) if Instant::now() + LOOK < deadline => tokio::time::sleep(LOOK).await,
                Ok(None) => return Settlement::Unknown { reason, transaction },
                Err(Unreachable) => return unknown("node_unavailable", transaction),
            }
        }
    }

    /// The outcome, if the chain has one that counts. The transaction is where to look first.
    async fn found(
        &self,
        payment: &Payment,
        claimed_at: u64,
        transaction: Option<B256>,
    ) -> Result<Option<Settlement>, Unreachable> {
        let shown = match transaction {
            Some(transaction) => self.chain.transfer_in(payment, transaction).await?,
            None => None,
        };
        let spent = match shown {
            Some(transfer) => Spent::OnUs(transfer),
            None => self.chain.spent(payment, since(claimed_at)).await?,
        };
        Ok(match spent {
            Spent::OnUs(transfer) => {
                self.chain.is_confirmed(&transfer).await.then_some(Settlement::Settled(transfer))
            }
            Spent::Otherwise(_) => Some(Settlement::Failed { reason: CANCELLED.to_owned() }),
            Spent::Not => None,
        })
    }

    /// A refusal counts where the chain agrees. Where the token would obey, whoever refused may have submitted it
    /// after all, or may yet.
    async fn refused(&self, payment: &Payment, claimed_at: u64, reason: String) -> Settlement {
        match self.chain.simulate(payment).await {
            Ok(None) | Err(Unreachable) => Settlement::Unknown { reason, transaction: None },
            Ok(Some(Obstacle::NonceUsed)) => match self.found(payment, claimed_at, None).await {
                Ok(Some(settlement)) => settlement,
                Ok(None) | Err(Unreachable) => Settlement::Unknown { reason, transaction: None },
            },
            Ok(Some(_)) => Settlement::Failed { reason },
        }
    }
}

fn unknown(reason: &str, transaction: Option<B256>) -> Settlement {
    Settlement::Unknown { reason: reason.to_owned(), transaction }
}

const fn since(claimed_at: u64) -> u64 {
    claimed_at.saturating_sub(MARGIN_S)
}
