//! The end of a charge that a payment or a voucher has paid. What is given back is a voucher, issued with the refund
//! or not at all.

use std::time::Instant;

use aipaygen_bus::commands::{End, EndHow};
use aipaygen_events::MicroUsd;
use aipaygen_events::account::{Complete, Refund};

use super::{Asker, Settlement, final_price};
use crate::ended::RequestEnd;
use crate::error::Failure;
use crate::payments::Payments;
use crate::retry::Retry;
use crate::streams::{EndOf, Opened, Short, Unended, append_within};

impl Payments {
    pub(super) async fn end_on<S: Short>(
        &self,
        command: &End,
        id: S::Id,
        deadline: Instant,
        asker: Asker,
    ) -> Result<Option<Settlement>, Failure> {
        let mut retry = Retry::until(deadline);
        loop {
            match self.end_once::<S>(command, id, asker).await {
                Err(Failure::Stale) => retry.pause().await?,
                done_or_failed => return done_or_failed,
            }
        }
    }

    async fn end_once<S: Short>(
        &self,
        command: &End,
        id: S::Id,
        asker: Asker,
    ) -> Result<Option<Settlement>, Failure> {
        let opened = Opened::<S>::read(&self.journal, id).await?;
        match whole(&opened.state, command) {
            Ok(events) => self.append_end(opened, &events, asker).await,
            Err(Unended::Undecided) => Err(Failure::Unavailable),
            Err(Unended::NotOpen | Unended::NotSplit) => {
                let recorded = RequestEnd::find(&self.journal, command.request, command.purse).await?;
                Ok(recorded.map(|(end, _)| Settlement::before(end, opened.state.settled())))
            }
        }
    }

    async fn append_end<S: Short>(
        &self,
        opened: Opened<S>,
        events: &[S::Event],
        asker: Asker,
    ) -> Result<Option<Settlement>, Failure> {
        let end = events.iter().find_map(|event| RequestEnd::of(&event.clone().into())).ok_or(Failure::Stale)?;
        let mut appends = vec![opened.append(events)];
        let voucher = match &end {
            RequestEnd::Completed(_) => None,
            RequestEnd::Refunded(refunded) => {
                let (issue, code) = self.voucher(refunded, matches!(asker, Asker::Waiting))?;
                appends.push(issue);
                code
            }
        };
        append_within(&self.journal, appends, asker.may_wait()).await?;
        Ok(Some(Settlement { end, is_news: true, voucher, settled: opened.state.settled() }))
    }
}

/// What a payment or a voucher has paid is a flat price. Where an end says otherwise, the fault is ours.
fn whole<S: Short>(state: &S, command: &End) -> Result<Vec<S::Event>, Unended> {
    match state.end(end_of(command, final_price(&command.how))) {
        Err(Unended::NotSplit) => {
            tracing::error!(request = %command.request, "a price that was paid whole is to end in part");
            state.end(end_of(command, None))
        }
        decided => decided,
    }
}

const fn end_of(command: &End, price: Option<MicroUsd>) -> EndOf {
    let &End { request, status, ref how, .. } = command;
    match *how {
        EndHow::Complete { price: _, tokens, duration_ms } => {
            EndOf::Complete(Complete { request, status, price, tokens, duration_ms })
        }
        EndHow::Refund { reason } => EndOf::Refund(Refund { request, status, reason }),
    }
}
