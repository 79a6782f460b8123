//! What strangers have paid, and where it is.

use std::collections::{BTreeMap, BTreeSet};

use aipaygen_events::credit::CreditEvent;
use aipaygen_events::payment::PaymentEvent;
use aipaygen_events::request::RequestEvent;
use aipaygen_events::{CreditId, Event, MicroUsd, Purse, RequestId};

/// The books, counted from the events alone and not by the code under test.
#[derive(Default)]
pub(super) struct Books {
    pub(super) settled: i128,
    pub(super) charged_by_payment: i128,
    unearned: i128,
    earned: i128,
    /// What was refunded and is not on a voucher yet.
    pub(super) passing: i128,
    vouchers: BTreeMap<CreditId, i128>,
    breakage: i128,
    charges: BTreeMap<RequestId, Purse>,
    ends: BTreeSet<RequestId>,
}

fn micro(amount: MicroUsd) -> i128 {
    i128::from(amount.micro_usd())
}

impl Books {
    pub(super) fn post(&mut self, event: &Event) {
        match event {
            Event::Payment(PaymentEvent::Settled(e)) => self.settled += micro(e.amount),
            Event::Credit(CreditEvent::Issued(e)) => {
                self.passing -= micro(e.amount);
                assert!(self.vouchers.insert(e.credit, micro(e.amount)).is_none(), "a voucher is issued once");
            }
            Event::Credit(CreditEvent::Expired(e)) => {
                *self.vouchers.get_mut(&e.credit).unwrap() -= micro(e.amount);
                self.breakage += micro(e.amount);
            }
            Event::Account(_) | Event::Payment(_) | Event::Credit(_) | Event::Idempotency(_) => {}
        }
        match event.request() {
            Some(RequestEvent::Charged(e)) => {
                assert!(self.charges.insert(e.request, e.purse()).is_none(), "invariant 3: at most one charge");
                self.unearned += micro(e.amount);
                match e.purse() {
                    Purse::Voucher(credit) => *self.vouchers.get_mut(&credit).unwrap() -= micro(e.amount),
                    Purse::Payment(_) => self.charged_by_payment += micro(e.amount),
                    Purse::Account(_) => panic!("nobody here has an account"),
                }
            }
            Some(RequestEvent::Completed(e)) => {
                self.end(e.request, e.purse());
                self.unearned -= micro(e.charged);
                self.earned += micro(e.price);
            }
            Some(RequestEvent::Refunded(e)) => {
                self.end(e.request, e.purse());
                self.unearned -= micro(e.amount);
                self.passing += micro(e.amount);
            }
            None => {}
        }
    }

    fn end(&mut self, request: RequestId, purse: Purse) {
        assert_eq!(self.charges.get(&request), Some(&purse), "invariant 3: no end without its charge");
        assert!(self.ends.insert(request), "invariant 3: exactly one end");
    }

    pub(super) fn check(&self) {
        assert!(self.vouchers.values().all(|left| *left >= 0), "invariant 1: nothing is spent that is not there");
        let vouchers: i128 = self.vouchers.values().sum();
        let somewhere = self.unearned + self.earned + self.passing + vouchers + self.breakage;
        assert_eq!(self.charged_by_payment, somewhere, "invariant 2: what came in is somewhere");
    }
}
