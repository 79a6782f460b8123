//! What an account is, as far as the next decision needs to know.

use std::collections::BTreeMap;

use super::{AccountEvent, Pricing};
use crate::{AccountId, KeyId, MicroUsd, RequestId, Timestamp};

/// The state of an account: bounded by its keys and by the requests in flight, not by its history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Its id once it is open.
    pub id: Option<AccountId>,
    /// What can be spent.
    pub balance: MicroUsd,
    /// Every key that was ever issued.
    pub keys: BTreeMap<KeyId, Key>,
    /// Charges without an end.
    pub open: BTreeMap<RequestId, OpenCharge>,
}

/// A key of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// Whether it was stopped.
    pub revoked: bool,
}

/// A charge without an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCharge {
    /// The key that was shown.
    pub key: KeyId,
    /// Method and route template.
    pub endpoint: String,
    /// What was taken.
    pub amount: MicroUsd,
    /// How the amount was found.
    pub pricing: Pricing,
    /// When the charge is given back by itself.
    pub deadline: Timestamp,
}

impl Account {
    /// The state after one more event.
    ///
    /// # Panics
    /// If the events are not a history that [`super::decide`] wrote: a log that breaks the rules of money must
    /// stop whoever reads it, not be smoothed over.
    #[must_use]
    pub fn evolve(mut self, event: &AccountEvent) -> Self {
        match event {
            AccountEvent::Opened(e) => self.id = Some(e.account),
            AccountEvent::KeyIssued(e) => {
                self.keys.insert(e.key, Key { expires_at: e.expires_at, revoked: false });
            }
            AccountEvent::KeyRevoked(e) => {
                if let Some(key) = self.keys.get_mut(&e.key) {
                    key.revoked = true;
                }
            }
            AccountEvent::Deposited(e) => self.put(e.amount),
            AccountEvent::Charged(e) => {
                self.take(e.amount);
                self.open.insert(
                    e.request,
                    OpenCharge {
                        key: e.key.expect("an account pays with a key"),
                        endpoint: e.endpoint.clone(),
                        amount: e.amount,
                        pricing: e.pricing,
                        deadline: e.deadline,
                    },
                );
            }
            AccountEvent::Completed(e) => {
                self.open.remove(&e.request);
                self.put(e.released);
            }
            // The money moves with the credit that follows in the same append.
            AccountEvent::Refunded(e) => {
                self.open.remove(&e.request);
            }
            AccountEvent::CreditApplied(e) => self.put(e.amount),
        }
        self
    }

    fn put(&mut self, amount: MicroUsd) {
        self.balance = self.balance.checked_add(amount).expect("decide keeps a balance within its bound");
    }

    fn take(&mut self, amount: MicroUsd) {
        self.balance = self.balance.checked_sub(amount).expect("decide never charges more than there is");
    }
}
