//! The whole log, audited as finance would: by what was charged and how it ended, and by what is left of it.

use std::collections::BTreeMap;

use aipaygen_events::account::{AccountEvent, DepositSource};
use aipaygen_events::credit::CreditEvent;
use aipaygen_events::payment::PaymentEvent;
use aipaygen_events::request::RequestEvent;
use aipaygen_events::{CreditId, Event, MicroUsd, PaymentId, Purse, RequestId};
use aipaygen_journal::Journal;

/// What the log says in the end.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    /// Each charge, and what pays it.
    pub(crate) charges: BTreeMap<RequestId, Purse>,
    /// Each end: whether the request was answered.
    pub(crate) ends: BTreeMap<RequestId, bool>,
    /// What is left on each voucher.
    pub(crate) vouchers: BTreeMap<CreditId, MicroUsd>,
    /// What has settled.
    pub(crate) settled: BTreeMap<PaymentId, MicroUsd>,
    /// Of the kinds of the events of payments.
    pub(crate) kinds: Vec<&'static str>,
    deposited: i128,
    unearned: i128,
    earned: i128,
    broken: i128,
}

impl Audit {
    /// Reads the whole log, and asserts at each event that what came in is somewhere.
    pub(crate) async fn of(journal: &Journal) -> Self {
        let mut audit = Self::default();
        let mut position = 0;
        loop {
            let page = journal.read_all(position, 1_000).await.unwrap();
            let Some(last) = page.last() else { break };
            position = last.position;
            for recorded in &page {
                audit.enter(&recorded.event().unwrap());
            }
        }
        audit.check();
        audit
    }

    /// What is paid by x402 and still open, earned or on vouchers must be what has settled.
    fn check(&self) {
        let left: i128 = self.vouchers.values().copied().map(micro).sum();
        let somewhere = self.unearned + self.earned + left + self.broken + self.deposited;
        assert_eq!(self.settled.values().copied().map(micro).sum::<i128>(), somewhere, "{self:?}");
        for request in self.ends.keys() {
            assert!(self.charges.contains_key(request), "{request} ends without a charge");
        }
    }

    fn enter(&mut self, event: &Event) {
        match event {
            Event::Payment(PaymentEvent::Settled(e)) => {
                assert!(self.settled.insert(e.payment, e.amount).is_none(), "{} settles twice", e.payment);
            }
            Event::Credit(CreditEvent::Issued(e)) => {
                assert!(self.vouchers.insert(e.credit, e.amount).is_none(), "{} is issued twice", e.credit);
            }
            Event::Credit(CreditEvent::Expired(e)) => {
                self.take(e.credit, e.amount);
                self.broken += micro(e.amount);
            }
            Event::Account(AccountEvent::Deposited(e)) if e.source == DepositSource::X402 => {
                self.deposited += micro(e.amount);
            }
            Event::Account(_) | Event::Payment(_) | Event::Credit(_) | Event::Idempotency(_) => {}
        }
        if matches!(event, Event::Payment(_)) {
            self.kinds.push(event.kind());
        }
        if let Some(request) = event.request() {
            self.enter_request(request);
        }
    }

    fn enter_request(&mut self, event: RequestEvent<'_>) {
        match event {
            RequestEvent::Charged(e) => {
                assert!(self.charges.insert(e.request, e.purse()).is_none(), "{} is charged twice", e.request);
                // What a balance pays was deposited before.
                if matches!(e.purse(), Purse::Account(_)) {
                    return;
                }
                self.unearned += micro(e.amount);
                if let Purse::Voucher(credit) = e.purse() {
                    self.take(credit, e.amount);
                }
            }
            RequestEvent::Completed(e) if matches!(e.purse(), Purse::Account(_)) => {}
            RequestEvent::Refunded(e) if matches!(e.purse(), Purse::Account(_)) => {}
            RequestEvent::Completed(e) => {
                assert!(self.ends.insert(e.request, true).is_none(), "{} ends twice", e.request);
                self.unearned -= micro(e.charged);
                self.earned += micro(e.price);
            }
            RequestEvent::Refunded(e) => {
                assert!(self.ends.insert(e.request, false).is_none(), "{} ends twice", e.request);
                self.unearned -= micro(e.amount);
            }
        }
    }

    /// Panics if more is taken off than is left.
    fn take(&mut self, credit: CreditId, amount: MicroUsd) {
        let left = self.vouchers.get_mut(&credit).unwrap();
        *left = left.checked_sub(amount).unwrap();
    }
}

fn micro(amount: MicroUsd) -> i128 {
    i128::from(amount.micro_usd())
}
