//! The history of one account, read from the log and checked as an auditor would.

use std::collections::BTreeMap;

use aipaygen_events::account::{Account, AccountEvent, RequestCharged};
use aipaygen_events::{AccountId, Event, MicroUsd, RequestId, StreamId};
use aipaygen_journal::Journal;

/// An account as its events tell it.
#[derive(Default)]
pub(crate) struct Books {
    pub(crate) account: Account,
    pub(crate) charges: BTreeMap<RequestId, RequestCharged>,
    pub(crate) ends: BTreeMap<RequestId, AccountEvent>,
    pub(crate) deposited: MicroUsd,
    pub(crate) earned: MicroUsd,
}

impl Books {
    /// Reads the account, and asserts invariants 1 to 3 of the design on the way.
    pub(crate) async fn read(journal: &Journal, account: AccountId) -> Self {
        let mut books = Self::default();
        for recorded in journal.read(&StreamId::account(account), 0).await.unwrap() {
            let Event::Account(event) = recorded.event().unwrap() else {
                panic!("{} is of no account", recorded.kind)
            };
            books.enter(&event);
            assert_eq!(books.everything(), books.deposited, "at version {}", recorded.version);
        }
        books
    }

    /// What is held, what is in flight and what was earned: all that was ever deposited.
    fn everything(&self) -> MicroUsd {
        let in_flight = self.account.open.values().map(|charge| charge.amount);
        in_flight
            .chain([self.account.balance, self.earned])
            .reduce(|sum, part| sum.checked_add(part).unwrap())
            .unwrap()
    }

    fn enter(&mut self, event: &AccountEvent) {
        // Panics if a balance would fall below zero.
        self.account = std::mem::take(&mut self.account).evolve(event);
        match event {
            AccountEvent::Deposited(e) => self.deposited = self.deposited.checked_add(e.amount).unwrap(),
            AccountEvent::Charged(e) => {
                assert!(self.charges.insert(e.request, e.clone()).is_none(), "{} is charged twice", e.request);
            }
            AccountEvent::Completed(e) => {
                self.earned = self.earned.checked_add(e.price).unwrap();
                self.end(e.request, event);
            }
            AccountEvent::Refunded(e) => {
                self.end(e.request, event);
                // The money is back with the event that follows in the same append.
                self.account.balance = self.account.balance.checked_add(e.amount).unwrap();
            }
            AccountEvent::CreditApplied(e) => {
                self.account.balance = self.account.balance.checked_sub(e.amount).unwrap();
            }
            AccountEvent::Opened(_) | AccountEvent::KeyIssued(_) | AccountEvent::KeyRevoked(_) => {}
        }
    }

    fn end(&mut self, request: RequestId, event: &AccountEvent) {
        assert!(self.charges.contains_key(&request), "{request} ends without a charge");
        assert!(self.ends.insert(request, event.clone()).is_none(), "{request} ends twice");
    }
}
