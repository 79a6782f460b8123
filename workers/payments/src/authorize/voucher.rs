//! A request that a refund voucher pays: its price is taken off with the charge.

use aipaygen_bus::commands::{Authorization, Authorize, Refusal};
use aipaygen_events::api_key::KeyHash;
use aipaygen_events::credit::{self, Charge, Credit, CreditCommand, Rejection};
use aipaygen_events::request::Tender;
use aipaygen_events::{CreditId, Purse};

use crate::ended::RequestEnd;
use crate::error::Failure;
use crate::payments::Payments;
use crate::receipts::Paid;
use crate::streams::{Opened, append};

impl Payments {
    /// Charges a request to a voucher.
    pub(super) async fn charge_voucher(
        &self,
        command: &Authorize,
        voucher: CreditId,
        hash: KeyHash,
    ) -> Result<Authorization, Failure> {
        let opened = Opened::<Credit>::read(&self.journal, voucher).await?;
        if opened.state.hash == Some(hash) && self.has_ended(command, voucher).await? {
            // A repeat of a command whose request is over: its id is not charged twice.
            return Ok(Authorization::Refused(Refusal::Overloaded));
        }
        let now = self.clock.now();
        let charge = CreditCommand::Charge(Charge {
            hash,
            request: command.request,
            endpoint: command.endpoint.clone(),
            amount: command.amount,
            deadline: now.plus_ms(command.timeout_ms),
            now,
        });
        match credit::decide(&opened.state, charge) {
            Ok(events) => {
                append(&self.journal, vec![opened.append(&events)]).await?;
                Ok(self.spent_for(command, &opened.after(&events)))
            }
            Err(rejection) => self.not_spent(&opened.state, hash, rejection).await.map(Authorization::Refused),
        }
    }

    async fn has_ended(&self, command: &Authorize, voucher: CreditId) -> Result<bool, Failure> {
        let end = RequestEnd::find(&self.journal, command.request, Purse::Voucher(voucher)).await?;
        Ok(end.is_some())
    }

    fn spent_for(&self, command: &Authorize, credit: &Credit) -> Authorization {
        let Authorize { request, amount, ref endpoint, .. } = *command;
        let receipt = self.receipts.sign(&Paid { request, endpoint, amount, tender: Tender::Voucher, settled: None });
        Authorization::Charged { receipt: Some(receipt), settled: None, remainder: Some(credit.remainder) }
    }

    async fn not_spent(&self, credit: &Credit, hash: KeyHash, rejection: Rejection) -> Result<Refusal, Failure> {
        Ok(match rejection {
            Rejection::Unknown => Refusal::VoucherUnknown,
            Rejection::Expired => Refusal::VoucherExpired,
            Rejection::Insufficient { price, remainder } => match credit.successor {
                // What a failed request took off this voucher is on another, whose code may have been lost.
                Some(successor) if credit.hash == Some(hash) => self.gone_on(successor, price, remainder).await?,
                Some(_) | None => Refusal::VoucherInsufficient { price, remainder },
            },
            Rejection::Shown
            | Rejection::Exists
            | Rejection::AlreadyCharged
            | Rejection::NoOpenCharge
            | Rejection::NotSplit
            | Rejection::NotYet => {
                // Only a request id that is used twice leads here. Nothing was charged for this use of it.
                tracing::error!(%rejection, "a request cannot be charged again");
                Refusal::Overloaded
            }
        })
    }

    async fn gone_on(
        &self,
        successor: CreditId,
        price: aipaygen_events::MicroUsd,
        remainder: aipaygen_events::MicroUsd,
    ) -> Result<Refusal, Failure> {
        let Some(code) = self.code_anew(successor).await? else {
            return Ok(Refusal::VoucherInsufficient { price, remainder });
        };
        let request =
            Opened::<Credit>::read(&self.journal, successor).await?.state.issued.map(|issued| issued.request);
        let request = request.ok_or(Failure::Stale)?;
        Ok(Refusal::PaymentRefunded { request, credit: successor, voucher: Some(code) })
    }
}
