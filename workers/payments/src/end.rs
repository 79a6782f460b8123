//! The end of a charge: completed or refunded, once, whoever asks first and however often.

mod account;
mod short;

use std::time::{Duration, Instant};

use aipaygen_bus::commands::{End, EndHow, Ended, Settled};
use aipaygen_events::Purse;
use aipaygen_events::credit::{Credit, VoucherCode};
use aipaygen_events::payment::Payment;

use crate::ended::RequestEnd;
use crate::error::Failure;
use crate::payments::Payments;

/// Whether somebody is there to be shown the code of a voucher, and how long an end may wait to share a commit.
#[derive(Clone, Copy)]
pub(crate) enum Asker {
    /// A caller who waits.
    Waiting,
    /// Nobody: a queue, or the reaper.
    Nobody {
        /// How long it may wait.
        may_wait: Duration,
    },
}

/// How a charge has ended.
pub(crate) struct Settlement {
    pub(crate) end: RequestEnd,
    /// Whether this command has ended it.
    pub(crate) is_news: bool,
    /// The code of the voucher that this has issued.
    pub(crate) voucher: Option<VoucherCode>,
    /// How the money had come on a chain.
    pub(crate) settled: Option<Settled>,
}

impl Payments {
    /// Ends the charge of a request, or says how it has ended before.
    pub async fn end(&self, command: &End, deadline: Instant) -> Ended {
        match self.settle(command, deadline, Asker::Waiting).await {
            Ok(Some(Settlement { end, voucher, settled, .. })) => match end {
                RequestEnd::Completed(completed) => Ended::Completed {
                    price: completed.price,
                    receipt: self.receipts.of_completed(&completed, settled.as_ref()),
                },
                RequestEnd::Refunded(refunded) => {
                    Ended::Refunded { credit: refunded.credit, amount: refunded.amount, voucher }
                }
            },
            Ok(None) => Ended::NotCharged,
            Err(_) => Ended::Unavailable,
        }
    }

    /// The same without signing a receipt, for whoever shows none. `None` if there is no such charge.
    pub(crate) async fn settle(
        &self,
        command: &End,
        deadline: Instant,
        asker: Asker,
    ) -> Result<Option<Settlement>, Failure> {
        match command.purse {
            Purse::Account(account) => self.end_on_account(command, account, deadline, asker).await,
            Purse::Payment(payment) => self.end_on::<Payment>(command, payment, deadline, asker).await,
            Purse::Voucher(credit) => self.end_on::<Credit>(command, credit, deadline, asker).await,
        }
    }
}

impl Asker {
    const fn may_wait(self) -> Duration {
        match self {
            Self::Waiting => Duration::ZERO,
            Self::Nobody { may_wait } => may_wait,
        }
    }
}

impl Settlement {
    /// An end that stood before.
    const fn before(end: RequestEnd, settled: Option<Settled>) -> Self {
        Self { end, is_news: false, voucher: None, settled }
    }
}

const fn final_price(how: &EndHow) -> Option<aipaygen_events::MicroUsd> {
    match how {
        EndHow::Complete { price, .. } => *price,
        EndHow::Refund { .. } => None,
    }
}
