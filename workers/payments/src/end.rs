//! The end of a charge: completed or refunded, once, whoever asks first and however often.

use std::time::{Duration, Instant};

use aipaygen_bus::commands::{End, EndHow, Ended};
use aipaygen_events::MicroUsd;
use aipaygen_events::account::{AccountCommand, Complete, Refund, Rejection};

use crate::accounts::{Done, Order};
use crate::ended::RequestEnd;
use crate::error::Failure;
use crate::payments::Payments;

impl Payments {
    /// Ends the charge of a request, or says how it has ended before.
    pub async fn end(&self, command: &End, deadline: Instant) -> Ended {
        match self.settle(command, deadline, Duration::ZERO).await {
            Ok(Some(RequestEnd::Completed(completed))) => {
                Ended::Completed { price: completed.price, receipt: self.receipts.of_completed(&completed) }
            }
            Ok(Some(RequestEnd::Refunded(refunded))) => {
                Ended::Refunded { credit: refunded.credit, amount: refunded.amount }
            }
            Ok(None) => Ended::NotCharged,
            Err(_) => Ended::Unavailable,
        }
    }

    /// The same without signing a receipt, for whoever shows none. `None` if there is no such charge. It may wait so
    /// long to share the commit of others.
    pub(crate) async fn settle(
        &self,
        command: &End,
        deadline: Instant,
        may_wait: Duration,
    ) -> Result<Option<RequestEnd>, Failure> {
        match self.end_within_hold(command, deadline, may_wait).await {
            Ok(done) => Ok(done.iter().find_map(RequestEnd::of)),
            Err(Failure::Exists(_) | Failure::Rejected(_)) => {
                let recorded = RequestEnd::find(&self.journal, command.request, command.account).await?;
                Ok(recorded.map(|(end, _)| end))
            }
            Err(failure @ (Failure::Stale | Failure::Overloaded | Failure::Unavailable)) => Err(failure),
        }
    }

    /// A hold is meant to be the worst case. Where it was not, the fault is ours and the caller pays the hold.
    async fn end_within_hold(&self, command: &End, deadline: Instant, may_wait: Duration) -> Result<Done, Failure> {
        match self.perform(&order(command, final_price(&command.how), may_wait), deadline).await {
            Err(Failure::Rejected(Rejection::PriceAboveCharge { price, charged })) => {
                tracing::error!(request = %command.request, %price, %charged, "a final price is above its hold");
                self.perform(&order(command, None, may_wait), deadline).await
            }
            done_or_failed => done_or_failed,
        }
    }
}

const fn final_price(how: &EndHow) -> Option<MicroUsd> {
    match how {
        EndHow::Complete { price, .. } => *price,
        EndHow::Refund { .. } => None,
    }
}

fn order(command: &End, price: Option<MicroUsd>, may_wait: Duration) -> Order {
    let &End { request, account, status, ref how } = command;
    let command = match *how {
        EndHow::Complete { price: _, tokens, duration_ms } => {
            AccountCommand::Complete(Complete { request, status, price, tokens, duration_ms })
        }
        EndHow::Refund { reason } => AccountCommand::Refund(Refund { request, status, reason }),
    };
    Order { may_wait, ..Order::new(account, command) }
}
