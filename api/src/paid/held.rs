//! A charge that has no end yet, held so that it gets one: dropping it gives the money back.

use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header::HeaderValue;
use aipaygen_bus::commands::{End, EndHow, Ended};
use aipaygen_events::account::{RefundReason, Tokens};
use aipaygen_events::{MicroUsd, Purse, RequestId};

use super::answer::Proof;
use crate::ends::Ends;
use crate::observe;
use crate::problem::Money;

/// A charge that was earned.
pub(super) struct Earned {
    pub(super) request: RequestId,
    pub(super) price: MicroUsd,
    pub(super) proof: Proof,
}

/// An open charge. Dropping it gives the money back.
pub(super) struct Charge {
    ends: Arc<Ends>,
    request: RequestId,
    purse: Purse,
    amount: MicroUsd,
    since: Instant,
    open: bool,
    /// What to show if the work is done.
    pub(super) paid: Proof,
}

impl Charge {
    /// What may have been charged; nothing is sure until the payments workers have answered.
    pub(super) fn new(ends: Arc<Ends>, request: RequestId, purse: Purse, amount: MicroUsd) -> Self {
        Self { ends, request, purse, amount, since: Instant::now(), open: true, paid: Proof::default() }
    }

    /// It was not charged after all.
    pub(super) fn forget(mut self) {
        self.open = false;
    }

    pub(super) fn request(&self) -> RequestId {
        self.request
    }

    /// The money is earned, or of a hold so much of it. Off the caller's path.
    pub(super) fn complete(mut self, status: u16, price: Option<MicroUsd>, tokens: Tokens) -> Earned {
        self.open = false;
        self.ends.put(self.end(status, self.completion(price, tokens)));
        let proof = std::mem::take(&mut self.paid);
        self.earned(price, proof)
    }

    /// So much of a hold is earned and the rest is given back, before the caller is answered, since the answer shows
    /// the receipt of it. Whoever cannot wait for that finds it at the request.
    pub(super) async fn capture(mut self, status: u16, price: MicroUsd, tokens: Tokens) -> Earned {
        let end = self.end(status, self.completion(Some(price), tokens));
        let ended = self.ends.now(&end).await;
        self.open = false;
        match ended {
            Ok(Ended::Completed { price, receipt }) => self.captured(price, HeaderValue::try_from(receipt).ok()),
            // It was given back already, and that stands: nobody has paid.
            Ok(Ended::Refunded { .. } | Ended::NotCharged) => self.captured(MicroUsd::ZERO, None),
            Ok(Ended::Unavailable) | Err(_) => {
                self.ends.put(end);
                self.captured(price, None)
            }
        }
    }

    fn completion(&self, price: Option<MicroUsd>, tokens: Tokens) -> EndHow {
        let duration_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        EndHow::Complete { price, tokens, duration_ms }
    }

    fn captured(&self, price: MicroUsd, receipt: Option<HeaderValue>) -> Earned {
        self.earned(Some(price), Proof { receipt, ..Proof::default() })
    }

    fn earned(&self, price: Option<MicroUsd>, proof: Proof) -> Earned {
        Earned { request: self.request, price: price.unwrap_or(self.amount), proof }
    }

    /// The money is given back, before the caller is answered, since the answer names the credit. Whoever cannot
    /// wait for that is told where to look.
    pub(super) async fn refund(mut self, status: u16, reason: RefundReason) -> Money {
        let end = self.end(status, EndHow::Refund { reason });
        let ended = self.ends.now(&end).await;
        self.open = false;
        let charged = self.amount;
        match ended {
            Ok(Ended::Refunded { credit, amount, voucher }) => {
                Money::Refunded { charged: amount, credit, voucher: voucher.map(Box::new) }
            }
            Ok(Ended::NotCharged) => Money::NotCharged,
            // It has another end already, which stands; the caller can read it there.
            Ok(Ended::Completed { price, .. }) => Money::RefundPending { charged: price, request: self.request },
            Ok(Ended::Unavailable) | Err(_) => {
                self.ends.put(end);
                Money::RefundPending { charged, request: self.request }
            }
        }
    }

    fn end(&self, status: u16, how: EndHow) -> End {
        End { request: self.request, purse: self.purse, status, how }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if self.open {
            observe::charge_dropped(self.request);
            self.ends.put(self.end(0, EndHow::Refund { reason: RefundReason::IngressFailed }));
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::time::Duration;

    use aipaygen_bus::commands::{ENDS_QUEUE, decode};
    use aipaygen_bus::local::LocalBus;
    use aipaygen_bus::{Done, Message, SharedBus, Work};
    use aipaygen_events::AccountId;
    use async_trait::async_trait;
    use tokio::runtime::Handle;
    use tokio::sync::mpsc;
    use tokio_util::task::TaskTracker;
    use uuid::Uuid;

    use super::*;
    use crate::ingress::Lasting;
    use crate::settings::Settings;

    struct Queue(mpsc::UnboundedSender<End>);

    #[async_trait]
    impl Work for Queue {
        async fn perform(&self, message: Message) -> Done {
            self.0.send(decode(&message).unwrap()).unwrap();
            Done::Acknowledge
        }
    }

    /// A charge, and what comes out of the queue of ends.
    async fn charge() -> (Charge, mpsc::UnboundedReceiver<End>) {
        let bus: SharedBus = LocalBus::new(&aipaygen_bus::Settings::default());
        let (sender, queue) = mpsc::unbounded_channel();
        bus.work(ENDS_QUEUE, 1, Arc::new(Queue(sender))).await.unwrap();
        let lasting = Lasting { runtime: Handle::current(), tasks: TaskTracker::new() };
        let ends = Arc::new(Ends::new(bus, lasting, &Settings::default()));
        let (request, account) = (RequestId::from_uuid(Uuid::from_u128(1)), AccountId::from_uuid(Uuid::from_u128(2)));
        (Charge::new(ends, request, Purse::Account(account), MicroUsd::dollars(1)), queue)
    }

    async fn next(queue: &mut mpsc::UnboundedReceiver<End>) -> Option<End> {
        tokio::time::timeout(Duration::from_millis(300), queue.recv()).await.ok().flatten()
    }

    #[tokio::test]
    async fn a_charge_that_is_dropped_is_given_back() {
        let (charge, mut queue) = charge().await;
        let panicked = tokio::spawn(async move {
            let _held = charge;
            panic!("while it is held");
        });
        assert!(panicked.await.is_err());
        let end = next(&mut queue).await.unwrap();
        assert_eq!((end.status, end.how), (0, EndHow::Refund { reason: RefundReason::IngressFailed }));
    }

    #[tokio::test]
    async fn a_charge_has_one_end_and_what_was_not_charged_has_none() {
        let (first, mut queue) = charge().await;
        first.complete(200, None, Tokens::default());
        assert!(matches!(next(&mut queue).await.unwrap().how, EndHow::Complete { .. }));
        assert!(next(&mut queue).await.is_none());
        let (second, mut queue) = charge().await;
        second.forget();
        assert!(next(&mut queue).await.is_none());
    }

    #[tokio::test]
    async fn a_refund_that_nobody_decides_is_queued() {
        let (charge, mut queue) = charge().await;
        let money = charge.refund(502, RefundReason::ToolFailed).await;
        assert!(matches!(money, Money::RefundPending { .. }));
        assert_eq!(next(&mut queue).await.unwrap().how, EndHow::Refund { reason: RefundReason::ToolFailed });
    }
}
