//! A request that an x402 payment pays: settled before any work, once, however many copies of it are shown.

use std::time::{Duration, Instant};

use aipaygen_bus::commands::{Authorization, Authorize, Refusal};
use aipaygen_events::payment::{self, Payment, PaymentCommand, Presented, Rejection, Use};
use aipaygen_events::request::Tender;
use aipaygen_events::{CreditId, Purse, RequestId};
use aipaygen_x402::{Payment as Signed, SignatureKind};

use crate::ended::RequestEnd;
use crate::error::Failure;
use crate::payment::{Brought, Showing, settled};
use crate::payments::Payments;
use crate::receipts::Paid;
use crate::streams::{Opened, append};

/// How long a copy waits before it looks again whether the payment has settled.
const PAUSE: Duration = Duration::from_millis(50);

impl Payments {
    /// Charges a request to a payment.
    pub(super) async fn charge_payment(
        &self,
        command: &Authorize,
        signed: &Signed,
        request_hash: &str,
        deadline: Instant,
    ) -> Result<Authorization, Failure> {
        if let Some(refusal) = self.misfit(command, signed) {
            return Ok(Authorization::Refused(refusal));
        }
        let showing = Showing {
            payment: signed,
            by: Use { request: command.request, request_hash: request_hash.to_owned() },
            endpoint: &command.endpoint,
            timeout_ms: command.timeout_ms,
            topup: None,
        };
        match self.brought(&showing, deadline).await? {
            Brought::To(payment, met) => self.met(command, &showing, &payment, met).await,
            Brought::AtWork => Ok(Authorization::Refused(Refusal::PaymentPending { transaction: None })),
            Brought::Refused(refusal) => Ok(Authorization::Refused(refusal)),
        }
    }

    /// Brings a payment to where it can be answered; whoever comes while it is being settled waits for that.
    pub(crate) async fn brought(&self, showing: &Showing<'_>, deadline: Instant) -> Result<Brought, Failure> {
        loop {
            let brought = self.bring(showing).await?;
            if !matches!(brought, Brought::AtWork) || Instant::now() + PAUSE >= deadline {
                return Ok(brought);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What the ingress has verified is looked at once more where money is decided: it crossed a bus.
    fn misfit(&self, command: &Authorize, signed: &Signed) -> Option<Refusal> {
        let forged = match signed.signature_kind {
            SignatureKind::Key => !signed.is_signed_by_key(),
            SignatureKind::Contract => false,
        };
        if forged || signed.value != command.amount.micro_usd() {
            tracing::error!(request = %command.request, forged, "a payment is not what its request must pay with");
            return Some(Refusal::PaymentFailed { reason: "invalid_payload".to_owned() });
        }
        None
    }

    async fn met(
        &self,
        command: &Authorize,
        showing: &Showing<'_>,
        payment: &Payment,
        met: Presented,
    ) -> Result<Authorization, Failure> {
        let refusal = match met {
            Presented::Paid => return self.paid_by(command, payment),
            Presented::Replayed => return self.replay_of(showing, payment).await,
            Presented::Completed { request, .. } => return self.completed_before(showing, request).await,
            Presented::InFlight { request } => Refusal::IdempotencyInFlight { request },
            Presented::Refunded { request, credit } => self.refunded_before(request, credit).await?,
            Presented::OtherRequest { request } => Refusal::PaymentUsed { request },
            Presented::ToppedUp => Refusal::PaymentUsed { request: claimed_by(payment)? },
            Presented::Failed { reason } => Refusal::PaymentFailed { reason: reason.as_str().to_owned() },
            Presented::Unknown { transaction } => Refusal::PaymentPending { transaction },
            Presented::New | Presented::Claimed { .. } => return Err(Failure::Stale),
        };
        Ok(Authorization::Refused(refusal))
    }

    fn paid_by(&self, command: &Authorize, payment: &Payment) -> Result<Authorization, Failure> {
        let settled = settled(payment).ok_or(Failure::Stale)?;
        let (request, endpoint, amount) = (command.request, command.endpoint.as_str(), settled.amount);
        let paid = Paid { request, endpoint, amount, tender: Tender::X402, settled: Some(&settled) };
        let receipt = Some(self.receipts.sign(&paid));
        Ok(Authorization::Charged { receipt, settled: Some(settled), remainder: None })
    }

    /// The work of a completed request is run again, once and within a while; later there is only the receipt.
    async fn completed_before(&self, showing: &Showing<'_>, request: RequestId) -> Result<Authorization, Failure> {
        let opened = Opened::<Payment>::read(&self.journal, showing.id()).await?;
        let ended = RequestEnd::find(&self.journal, request, Purse::Payment(showing.id())).await?;
        let (_, completed_at) = ended.ok_or(Failure::Stale)?;
        let Use { request, request_hash } = showing.by.clone();
        let replay = PaymentCommand::Replay { request, request_hash, completed_at, now: self.clock.now() };
        match payment::decide(&opened.state, replay) {
            Ok(events) => {
                append(&self.journal, vec![opened.append(&events)]).await?;
                self.replay_of(showing, &opened.after(&events)).await
            }
            Err(Rejection::Taken(Presented::Completed { request, .. })) => {
                let (_, receipt) = self.receipt_of(showing, &opened.state).await?;
                Ok(Authorization::Refused(Refusal::IdempotencySpent { request, receipt }))
            }
            Err(_) => Err(Failure::Stale),
        }
    }

    async fn replay_of(&self, showing: &Showing<'_>, payment: &Payment) -> Result<Authorization, Failure> {
        let (of, receipt) = self.receipt_of(showing, payment).await?;
        Ok(Authorization::Replay { of, receipt, settled: settled(payment) })
    }

    /// The request that the payment has paid, and its receipt.
    async fn receipt_of(&self, showing: &Showing<'_>, payment: &Payment) -> Result<(RequestId, String), Failure> {
        let request = payment.charge.as_ref().ok_or(Failure::Stale)?.request;
        match RequestEnd::find(&self.journal, request, Purse::Payment(showing.id())).await? {
            Some((RequestEnd::Completed(completed), _)) => {
                Ok((request, self.receipts.of_completed(&completed, settled(payment).as_ref())))
            }
            Some((RequestEnd::Refunded(_), _)) | None => Err(Failure::Stale),
        }
    }

    /// Whoever shows the payment with its request is whose money it was: they get the code of the voucher, as long as
    /// one can be made.
    async fn refunded_before(&self, request: RequestId, credit: CreditId) -> Result<Refusal, Failure> {
        let voucher = self.code_anew(credit).await?;
        Ok(Refusal::PaymentRefunded { request, credit, voucher })
    }
}

fn claimed_by(payment: &Payment) -> Result<RequestId, Failure> {
    payment.claim.as_ref().map(|claim| claim.request).ok_or(Failure::Stale)
}
