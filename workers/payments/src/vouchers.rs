//! Refund vouchers: issued with the refund that they are for, their codes made and made anew, and what nobody spends
//! in time let go.

use aipaygen_events::CreditId;
use aipaygen_events::account::RequestRefunded;
use aipaygen_events::credit::{self, Credit, CreditCommand, Issue, Rejection, VOUCHER_ENTROPY_LEN, VoucherCode};
use aipaygen_journal::StreamAppend;

use crate::error::Failure;
use crate::payments::Payments;
use crate::retry::Retry;
use crate::streams::{Opened, append};

impl Payments {
    /// What issues the voucher of a refund, to be appended with it; and its code, if somebody is there to be shown it.
    pub(crate) fn voucher(
        &self,
        refunded: &RequestRefunded,
        is_shown: bool,
    ) -> Result<(StreamAppend, Option<VoucherCode>), Failure> {
        let id = refunded.credit;
        let code = if is_shown { Some(draw_code(id)?) } else { None };
        let now = self.clock.now();
        let issue = CreditCommand::Issue(Issue {
            credit: id,
            account: refunded.account,
            request: refunded.request,
            amount: refunded.amount,
            hash: code.as_ref().map(|code| code.hash(&self.pepper)),
            now,
            expires_at: now.plus_ms(self.voucher_valid_ms),
        });
        let opened = Opened::<Credit>::new(id);
        let issued = credit::decide(&opened.state, issue).map_err(|_| Failure::Stale)?;
        Ok((opened.append(&issued), code))
    }

    /// A new code of a voucher for whoever has proven that it is theirs; `None` if none can be made any more.
    pub(crate) async fn code_anew(&self, id: CreditId) -> Result<Option<VoucherCode>, Failure> {
        let code = draw_code(id)?;
        let opened = Opened::<Credit>::read(&self.journal, id).await?;
        let command = CreditCommand::Code { hash: code.hash(&self.pepper), now: self.clock.now() };
        match credit::decide(&opened.state, command) {
            Ok(events) => append(&self.journal, vec![opened.append(&events)]).await.map(|()| Some(code)),
            Err(Rejection::Shown | Rejection::Expired) => Ok(None),
            Err(_) => Err(Failure::Stale),
        }
    }

    /// Lets go what is left of a voucher past its time. Whether this has done it.
    pub(crate) async fn expire(&self, id: CreditId) -> Result<bool, Failure> {
        let mut retry = Retry::until(self.deadline());
        loop {
            match self.expire_once(id).await {
                Err(Failure::Stale) => retry.pause().await?,
                done_or_failed => return done_or_failed,
            }
        }
    }

    async fn expire_once(&self, id: CreditId) -> Result<bool, Failure> {
        let opened = Opened::<Credit>::read(&self.journal, id).await?;
        match credit::decide(&opened.state, CreditCommand::Expire { now: self.clock.now() }) {
            Ok(events) => {
                let is_news = !events.is_empty();
                append(&self.journal, vec![opened.append(&events)]).await.map(|()| is_news)
            }
            Err(_) => Ok(false),
        }
    }
}

fn draw_code(credit: CreditId) -> Result<VoucherCode, Failure> {
    let mut entropy = zeroize::Zeroizing::new([0; VOUCHER_ENTROPY_LEN]);
    getrandom::fill(entropy.as_mut_slice()).map_err(|error| {
        tracing::error!(%error, "the system gives no random bytes");
        Failure::Unavailable
    })?;
    Ok(VoucherCode::from_entropy(credit, &entropy))
}
