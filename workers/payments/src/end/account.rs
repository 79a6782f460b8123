//! The end of a charge that an account has paid.

use std::time::Instant;

use aipaygen_bus::commands::{End, EndHow};
use aipaygen_events::account::{AccountCommand, Complete, Refund, Rejection};
use aipaygen_events::{AccountId, Event, MicroUsd};

use super::{Asker, Settlement, final_price};
use crate::accounts::{Done, Order};
use crate::ended::RequestEnd;
use crate::error::Failure;
use crate::payments::Payments;

impl Payments {
    pub(super) async fn end_on_account(
        &self,
        command: &End,
        account: AccountId,
        deadline: Instant,
        asker: Asker,
    ) -> Result<Option<Settlement>, Failure> {
        match self.end_within_hold(command, account, deadline, asker).await {
            Ok(done) => {
                let end = done.iter().find_map(|event| RequestEnd::of(&Event::from(event.clone())));
                Ok(end.map(|end| Settlement { end, is_news: true, voucher: None, settled: None }))
            }
            Err(Failure::Exists(_) | Failure::Rejected(_)) => {
                let recorded = RequestEnd::find(&self.journal, command.request, command.purse).await?;
                Ok(recorded.map(|(end, _)| Settlement::before(end, None)))
            }
            Err(failure @ (Failure::Stale | Failure::Overloaded | Failure::Unavailable)) => Err(failure),
        }
    }

    /// A hold is meant to be the worst case. Where it was not, the fault is ours and the caller pays the hold.
    async fn end_within_hold(
        &self,
        command: &End,
        account: AccountId,
        deadline: Instant,
        asker: Asker,
    ) -> Result<Done, Failure> {
        match self.perform(&order(command, account, final_price(&command.how), asker), deadline).await {
            Err(Failure::Rejected(Rejection::PriceAboveCharge { price, charged })) => {
                tracing::error!(request = %command.request, %price, %charged, "a final price is above its hold");
                self.perform(&order(command, account, None, asker), deadline).await
            }
            done_or_failed => done_or_failed,
        }
    }
}

fn order(command: &End, account: AccountId, price: Option<MicroUsd>, asker: Asker) -> Order {
    let &End { request, status, ref how, .. } = command;
    let command = match *how {
        EndHow::Complete { price: _, tokens, duration_ms } => {
            AccountCommand::Complete(Complete { request, status, price, tokens, duration_ms })
        }
        EndHow::Refund { reason } => AccountCommand::Refund(Refund { request, status, reason }),
    };
    Order { may_wait: asker.may_wait(), ..Order::new(account, command) }
}
