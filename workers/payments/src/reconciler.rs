//! The reconciler: asks the chain what became of payments that nobody is settling any more, and records it. Money that
//! came for a request that nobody serves any more becomes a voucher, or the deposit that it was for: never silence.
//!
//! It also lets go what is left of vouchers whose time is over. The read models say where to look and the log decides,
//! so that any number of these is one.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_events::account::{Refund, RefundReason};
use aipaygen_events::payment::{
    self, Evidence, Payment, PaymentClaimed, PaymentCommand, PaymentEvent, Standing, Use,
};
use aipaygen_events::{CreditId, PaymentId};
use aipaygen_projections::{ReadError, Reader};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::error::Failure;
use crate::payment::{failed, paid, read_back, seconds};
use crate::payments::Payments;
use crate::reaper::around;
use crate::retry::Retry;
use crate::settings::Settings;
use crate::settlement::{Transfer, Truth};
use crate::streams::{Opened, append};

/// How many payments are asked for at once: a node answers few at a time.
const LOOKUPS_IN_FLIGHT: usize = 8;

/// Looks for payments without a fate, now and then.
pub struct Reconciler {
    payments: Arc<Payments>,
    reader: Reader,
    interval: Duration,
    batch_max: u32,
}

impl Reconciler {
    /// A reconciler that records through these payments what became of those that this reader finds.
    #[must_use]
    pub fn new(payments: Arc<Payments>, reader: Reader, settings: &Settings) -> Self {
        let interval = Duration::from_millis(settings.reconciler_interval_ms);
        Self { payments, reader, interval, batch_max: settings.reconciler_batch_max }
    }

    /// Looks again and again, until the shutdown; a look that has begun is finished.
    pub async fn run(self, shutdown: CancellationToken) {
        while shutdown.run_until_cancelled(tokio::time::sleep(around(self.interval))).await.is_some() {
            match self.sweep().await {
                Ok(0) => {}
                Ok(decided) => tracing::warn!(decided, "payments and vouchers that nobody looked after were decided"),
                Err(error) => tracing::error!(%error, "payments without a fate cannot be looked for"),
            }
        }
    }

    /// Looks once; how many payments and vouchers it has decided.
    pub async fn sweep(&self) -> Result<usize, ReadError> {
        let now = self.payments.clock.now();
        let over = self.reader.expired_vouchers(now, self.batch_max).await?;
        let expired = count(over.into_iter().map(|credit: CreditId| self.payments.expire(credit))).await;
        if self.payments.chain.is_none() {
            return Ok(expired);
        }
        let since = now.minus_ms(self.payments.settlement_timeout_ms);
        let run_out = i64::try_from(seconds(now)).unwrap_or(i64::MAX);
        let undecided = self.reader.undecided_payments(since, run_out, self.batch_max).await?;
        Ok(expired + count(undecided.into_iter().map(|payment| self.payments.reconcile(payment))).await)
    }
}

async fn count<F: Future<Output = Result<bool, Failure>>>(all: impl Iterator<Item = F>) -> usize {
    let done = futures::stream::iter(all).buffer_unordered(LOOKUPS_IN_FLIGHT);
    // What cannot be decided now is found again by the next look.
    done.filter(|decided| std::future::ready(matches!(decided, Ok(true)))).count().await
}

impl Payments {
    /// Records what the chain shows of a payment that nobody is settling; whether that was news.
    pub(crate) async fn reconcile(&self, id: PaymentId) -> Result<bool, Failure> {
        let Some(chain) = &self.chain else { return Ok(false) };
        let Some(_at_work) = self.at_work.enter(id) else { return Ok(false) };
        let opened = Opened::<Payment>::read(&self.journal, id).await?;
        let (Some(claim), Some(since)) = (&opened.state.claim, opened.since) else { return Ok(false) };
        if is_decided(&opened.state) {
            return Ok(false);
        }
        let Some(signed) = read_back(claim) else {
            tracing::error!(payment = %id, "a payment is on a chain that this build does not know");
            return Ok(false);
        };
        match chain.lookup(&signed, seconds(since)).await {
            Truth::Settled(transfer) if self.is_unserved(claim) => self.record_unserved(id, &transfer).await,
            // Whoever was told to show it again may still come.
            Truth::Settled(_) => Ok(false),
            Truth::Failed { reason } => self.note(id, &failed(reason, Evidence::Chain)).await.map(|_| true),
            Truth::Open | Truth::Unknown => self.record_lost(id, &opened.state).await,
        }
    }

    /// Whether nobody can come any more whom the payment could serve. A top-up serves nobody in particular.
    fn is_unserved(&self, claim: &PaymentClaimed) -> bool {
        claim.topup.is_some() || claim.deadline.plus_ms(self.unserved_payment_ms) <= self.clock.now()
    }

    /// The worker that claimed it has died: from now on it is known not to be known.
    async fn record_lost(&self, id: PaymentId, payment: &Payment) -> Result<bool, Failure> {
        if payment.standing != Standing::Open {
            return Ok(false);
        }
        self.note(id, &PaymentCommand::Doubt { reason: "worker_lost".into(), transaction: None }).await.map(|_| true)
    }

    /// The money is there, and becomes what it was for, or else a voucher.
    async fn record_unserved(&self, id: PaymentId, transfer: &Transfer) -> Result<bool, Failure> {
        let mut retry = Retry::until(self.deadline());
        loop {
            match self.record_unserved_once(id, transfer).await {
                Err(Failure::Stale) => retry.pause().await?,
                done_or_failed => return done_or_failed,
            }
        }
    }

    async fn record_unserved_once(&self, id: PaymentId, transfer: &Transfer) -> Result<bool, Failure> {
        let opened = Opened::<Payment>::read(&self.journal, id).await?;
        let Some(claim) = &opened.state.claim else { return Ok(false) };
        let by = Use { request: claim.request, request_hash: claim.request_hash.clone() };
        let pay = PaymentCommand::Pay(paid(by, self.clock.now(), transfer));
        let Ok(mut events) = payment::decide(&opened.state, pay) else { return Ok(false) };
        if let Some(deposit) = self.topup_of(&opened.state, &events) {
            return self.deposit_with(deposit, opened.append(&events)).await.map(|()| true);
        }
        let Some(refunded) = give_back(&opened.state, &events) else { return Ok(false) };
        let PaymentEvent::Refunded(refund) = &refunded else { return Ok(false) };
        let (voucher, _no_code) = self.voucher(refund, false)?;
        events.push(refunded);
        append(&self.journal, vec![opened.append(&events), voucher]).await.map(|()| true)
    }
}

fn is_decided(payment: &Payment) -> bool {
    match &payment.standing {
        Standing::Open | Standing::Unknown { .. } | Standing::Failed { evidence: Evidence::Told, .. } => false,
        Standing::Failed { evidence: Evidence::Chain, .. } | Standing::Settled(_) => true,
    }
}

/// The refund of a charge that comes with it.
fn give_back(payment: &Payment, paid: &[PaymentEvent]) -> Option<PaymentEvent> {
    let payment = paid.iter().fold(payment.clone(), Payment::evolve);
    let request = payment.charge.as_ref()?.request;
    let refund = Refund { request, status: 0, reason: RefundReason::Abandoned };
    payment::decide(&payment, PaymentCommand::Refund(refund)).ok()?.pop()
}
