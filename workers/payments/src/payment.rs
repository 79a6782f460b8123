//! What is done with an x402 payment that is shown: it is claimed, settled, and what became of it recorded.
//!
//! The claim is in the log before anything is sent, so that of any number of copies one settles and the others find
//! it at work; and so that a worker that dies leaves what another needs to go on. What was claimed is never forgotten:
//! if its outcome cannot be told now, the same payment shown again, or the reconciler, asks the chain.

mod at_work;
mod written;

use aipaygen_bus::commands::{Refusal, Settled, payment_id};
use aipaygen_events::payment::{
    self, Claim, Evidence, Pay, Payment, PaymentCommand, Presented, Reason, Rejection, Standing, Use,
};
use aipaygen_events::{AccountId, Hash, PaymentId, Timestamp};
use aipaygen_x402::Payment as Signed;

use crate::error::Failure;
use crate::payments::Payments;
use crate::retry::Retry;
use crate::settlement::{Admission, Settlement, Settles, Transfer, Truth, hash};
use crate::streams::{Opened, append};

pub(crate) use at_work::AtWork;
pub(crate) use written::{read_back, written};

/// A payment, and what it is shown for.
pub(crate) struct Showing<'a> {
    pub(crate) payment: &'a Signed,
    pub(crate) by: Use,
    /// Method and route template.
    pub(crate) endpoint: &'a str,
    /// How long its work may take.
    pub(crate) timeout_ms: u64,
    /// The account to top up, if that is what it is for.
    pub(crate) topup: Option<AccountId>,
}

/// How far a payment was brought.
pub(crate) enum Brought {
    /// It is this to the request that shows it: never new, nor merely claimed.
    To(Box<Payment>, Presented),
    /// Another is settling it just now.
    AtWork,
    /// It is not taken, and left no trace; or it may have settled, and cannot be recorded now.
    Refused(Refusal),
}

impl Showing<'_> {
    pub(crate) fn id(&self) -> PaymentId {
        payment_id(self.payment)
    }
}

impl Payments {
    /// Brings a payment as far as it can be brought for the request that shows it.
    pub(crate) async fn bring(&self, showing: &Showing<'_>) -> Result<Brought, Failure> {
        let Some(chain) = &self.chain else { return Ok(Brought::Refused(Refusal::PaymentsNotTaken)) };
        let opened = Opened::<Payment>::read(&self.journal, showing.id()).await?;
        match opened.state.shown(&showing.by) {
            Presented::New => self.take(chain.as_ref(), showing, &opened).await,
            Presented::Claimed { .. } if self.is_recent(&opened) => Ok(Brought::AtWork),
            Presented::Claimed { .. } | Presented::Unknown { .. } => {
                self.resume(chain.as_ref(), showing, opened).await
            }
            met @ (Presented::OtherRequest { .. }
            | Presented::Failed { .. }
            | Presented::Paid
            | Presented::Replayed
            | Presented::InFlight { .. }
            | Presented::Completed { .. }
            | Presented::Refunded { .. }
            | Presented::ToppedUp) => Ok(Brought::To(Box::new(opened.state), met)),
        }
    }

    /// Claims a payment that nobody has shown before, and settles it.
    async fn take(
        &self,
        chain: &dyn Settles,
        showing: &Showing<'_>,
        opened: &Opened<Payment>,
    ) -> Result<Brought, Failure> {
        let id = showing.id();
        let Some(_at_work) = self.at_work.enter(id) else { return Ok(Brought::AtWork) };
        let Some(authorization) = written(showing.payment) else { return Ok(unfit("invalid_payload")) };
        match chain.admit(showing.payment).await {
            Admission::Admitted => {}
            Admission::Public => return Ok(Brought::Refused(Refusal::PaymentPublic)),
            Admission::Refused { reason } => return Ok(unfit(&reason)),
            Admission::Unavailable => return Err(Failure::Unavailable),
        }
        let claim = PaymentCommand::Claim(Box::new(Claim {
            payment: id,
            account: AccountId::of_payer(id.chain, id.payer),
            by: showing.by.clone(),
            endpoint: showing.endpoint.to_owned(),
            deadline: self.until(showing.timeout_ms),
            topup: showing.topup,
            authorization,
        }));
        let claimed = payment::decide(&opened.state, claim).map_err(|_| Failure::Stale)?;
        append(&self.journal, vec![opened.append(&claimed)]).await?;
        Ok(self.settle_claimed(chain, showing, self.clock.now()).await)
    }

    /// Goes on where somebody left off: what the chain shows first, and only then another attempt.
    async fn resume(
        &self,
        chain: &dyn Settles,
        showing: &Showing<'_>,
        opened: Opened<Payment>,
    ) -> Result<Brought, Failure> {
        let Some(_at_work) = self.at_work.enter(showing.id()) else { return Ok(Brought::AtWork) };
        let claimed_at = opened.since.unwrap_or_else(|| self.clock.now());
        Ok(match chain.lookup(showing.payment, seconds(claimed_at)).await {
            Truth::Settled(transfer) => self.record_paid(showing, transfer).await,
            Truth::Failed { reason } => self.record(showing, failed(reason, Evidence::Chain)).await,
            Truth::Open => self.settle_claimed(chain, showing, claimed_at).await,
            Truth::Unknown => pending(transaction_of(&opened.state)),
        })
    }

    /// Settles what is claimed. Whatever comes of it is recorded; what cannot be is left to the reconciler, and may
    /// have moved money.
    async fn settle_claimed(&self, chain: &dyn Settles, showing: &Showing<'_>, claimed_at: Timestamp) -> Brought {
        match chain.settle(showing.payment, seconds(claimed_at)).await {
            Settlement::Settled(transfer) => self.record_paid(showing, transfer).await,
            Settlement::Failed { reason } => self.record(showing, failed(reason, Evidence::Told)).await,
            Settlement::Unknown { reason, transaction } => {
                let transaction = transaction.map(hash);
                self.record(showing, PaymentCommand::Doubt { reason: reason.into(), transaction }).await
            }
        }
    }

    async fn record_paid(&self, showing: &Showing<'_>, transfer: Transfer) -> Brought {
        let pay = paid(showing.by.clone(), self.until(showing.timeout_ms), &transfer);
        self.record(showing, PaymentCommand::Pay(pay)).await
    }

    async fn record(&self, showing: &Showing<'_>, command: PaymentCommand) -> Brought {
        match self.note(showing.id(), &command).await {
            Ok(payment) => {
                let met = payment.shown(&showing.by);
                Brought::To(Box::new(payment), met)
            }
            Err(_) => pending(None),
        }
    }

    /// Records what became of a payment, unless somebody has recorded something that excludes it; the payment as it
    /// is then. With what settles a top-up the deposit goes.
    pub(crate) async fn note(&self, id: PaymentId, command: &PaymentCommand) -> Result<Payment, Failure> {
        let mut retry = Retry::until(self.deadline());
        loop {
            match self.note_once(id, command).await {
                Err(Failure::Stale) => retry.pause().await?,
                done_or_failed => return done_or_failed,
            }
        }
    }

    async fn note_once(&self, id: PaymentId, command: &PaymentCommand) -> Result<Payment, Failure> {
        let opened = Opened::<Payment>::read(&self.journal, id).await?;
        let events = match payment::decide(&opened.state, command.clone()) {
            Ok(events) => events,
            Err(Rejection::Taken(_) | Rejection::Failed { .. } | Rejection::Settled) => vec![],
            Err(rejection @ (Rejection::NotClaimed | Rejection::NoOpenCharge | Rejection::NotSplit)) => {
                tracing::error!(payment = %id, %rejection, "a payment is not what it was");
                return Err(Failure::Unavailable);
            }
        };
        match self.topup_of(&opened.state, &events) {
            Some(deposit) => self.deposit_with(deposit, opened.append(&events)).await?,
            None => append(&self.journal, vec![opened.append(&events)]).await?,
        }
        Ok(opened.after(&events))
    }

    /// Whether whoever has claimed it may still be at it.
    fn is_recent(&self, opened: &Opened<Payment>) -> bool {
        let now = self.clock.now();
        opened.since.is_some_and(|since| now.ms_since(since) < self.settlement_timeout_ms)
    }

    pub(crate) fn until(&self, timeout_ms: u64) -> Timestamp {
        self.clock.now().plus_ms(timeout_ms)
    }
}

/// A moment as chains count.
pub(crate) fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.micros() / 1_000_000).unwrap_or_default()
}

pub(crate) fn paid(by: Use, deadline: Timestamp, transfer: &Transfer) -> Pay {
    Pay { by, deadline, transaction: hash(transfer.transaction), block: Some(transfer.block) }
}

pub(crate) fn failed(reason: String, evidence: Evidence) -> PaymentCommand {
    PaymentCommand::Fail { reason: reason.into(), evidence }
}

/// How a payment has settled, if it has.
pub(crate) fn settled(payment: &Payment) -> Option<Settled> {
    let id = payment.claim.as_ref()?.payment;
    match &payment.standing {
        Standing::Settled(settled) => Some(Settled {
            network: id.network(),
            payer: id.payer,
            transaction: settled.transaction,
            amount: settled.amount,
        }),
        Standing::Open | Standing::Unknown { .. } | Standing::Failed { .. } => None,
    }
}

fn transaction_of(payment: &Payment) -> Option<Hash> {
    match &payment.standing {
        Standing::Unknown { transaction, .. } => *transaction,
        Standing::Settled(settled) => Some(settled.transaction),
        Standing::Open | Standing::Failed { .. } => None,
    }
}

const fn pending(transaction: Option<Hash>) -> Brought {
    Brought::Refused(Refusal::PaymentPending { transaction })
}

fn unfit(reason: &str) -> Brought {
    Brought::Refused(Refusal::PaymentFailed { reason: Reason::from(reason).as_str().to_owned() })
}
