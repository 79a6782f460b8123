//! From a claimed payment to what became of it.

use std::time::{Duration, Instant};

use aipaygen_x402::{B256, Payment};

use super::chain::{Obstacle, Spent, Unreachable};
use super::{Admission, Settlement, Settlements, Submitter, Truth};

/// How often the chain is looked at while somebody waits.
const LOOK: Duration = Duration::from_millis(250);
/// The pause before a payment that was not submitted is submitted once more.
const AGAIN: Duration = Duration::from_millis(500);

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

impl Settlements {
    /// Whether a payment that nobody has claimed may be: the token itself is asked, with the payment as it came.
    ///
    /// This is where a contract wallet is asked about its signature, by the token and with a bound on gas.
    pub async fn admit(&self, payment: &Payment) -> Admission {
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

    /// Settles a payment that was claimed, or finds that it is settled. Asking twice submits it
    /// once: the token obeys a nonce once, and whoever submits is told the same key.
    pub async fn settle(&self, payment: &Payment) -> Settlement {
        let deadline = Instant::now() + self.timeout;
        let mut last = match self.found(payment, None).await {
            Ok(Some(settlement)) => return settlement,
            Ok(None) => "not_submitted".to_owned(),
            Err(Unreachable) => return unknown("node_unavailable", None),
        };
        while Instant::now() < deadline {
            match self.submit(payment).await {
                Said::Sent { reason, transaction } => {
                    return self.await_transfer(payment, (reason, transaction), deadline).await;
                }
                Said::Refused { reason } => return self.refused(payment, reason).await,
                Said::Again { reason } => last = reason,
            }
            tokio::time::sleep(AGAIN).await;
        }
        Settlement::Unknown { reason: last, transaction: None }
    }

    /// What the chain says of a payment that was claimed. Submits nothing.
    pub async fn lookup(&self, payment: &Payment) -> Truth {
        match self.chain.spent(payment).await {
            Ok(Spent::OnUs(transfer)) if self.chain.is_confirmed(&transfer).await => Truth::Settled(transfer),
            Ok(Spent::OnUs(_)) | Err(Unreachable) => Truth::Unknown,
            Ok(Spent::Otherwise(_)) => Truth::Failed { reason: "nonce_cancelled".to_owned() },
            Ok(Spent::Not) => match self.chain.is_finally_past(payment.valid_before).await {
                Ok(true) => Truth::Failed { reason: "expired_unsettled".to_owned() },
                Ok(false) => Truth::Open,
                Err(Unreachable) => Truth::Unknown,
            },
        }
    }

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
        (reason, transaction): (String, Option<B256>),
        deadline: Instant,
    ) -> Settlement {
        loop {
            match self.found(payment, transaction).await {
                Ok(Some(settlement)) => return settlement,
                Ok(None) | Err(Unreachable) if Instant::now() + LOOK < deadline => tokio::time::sleep(LOOK).await,
                Ok(None) => return Settlement::Unknown { reason, transaction },
                Err(Unreachable) => return unknown("node_unavailable", transaction),
            }
        }
    }

    /// The outcome, if the chain has one that counts. The transaction is where to look first.
    async fn found(&self, payment: &Payment, transaction: Option<B256>) -> Result<Option<Settlement>, Unreachable> {
        let shown = match transaction {
            Some(transaction) => self.chain.transfer_in(payment, transaction).await?,
            None => None,
        };
        let spent = match shown {
            Some(transfer) => Spent::OnUs(transfer),
            None => self.chain.spent(payment).await?,
        };
        Ok(match spent {
            Spent::OnUs(transfer) => {
                self.chain.is_confirmed(&transfer).await.then_some(Settlement::Settled(transfer))
            }
            Spent::Otherwise(_) => Some(Settlement::Failed { reason: "nonce_cancelled".to_owned() }),
            Spent::Not => None,
        })
    }

    /// A refusal counts where the chain agrees. Where the token would obey, whoever refused may have submitted it
    /// after all, or may yet.
    async fn refused(&self, payment: &Payment, reason: String) -> Settlement {
        match self.chain.simulate(payment).await {
            Ok(None) | Err(Unreachable) => Settlement::Unknown { reason, transaction: None },
            Ok(Some(Obstacle::NonceUsed)) => match self.found(payment, None).await {
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
