//! What a voucher is, as far as the next decision needs to know.

use std::collections::BTreeMap;

use super::{CreditEvent, CreditIssued};
use crate::api_key::KeyHash;
use crate::{CreditId, MicroUsd, RequestId, Timestamp};

/// The state of a voucher.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credit {
    /// How it came to be.
    pub issued: Option<CreditIssued>,
    /// The hash of the code that is good now.
    pub hash: Option<KeyHash>,
    /// When a code was shown last.
    pub shown_at: Option<Timestamp>,
    /// Whether a code was made anew that replaces one that had been shown.
    pub renewed: bool,
    /// What is left.
    pub remainder: MicroUsd,
    /// Whether something was ever taken off.
    pub touched: bool,
    /// Charges without an end.
    pub open: BTreeMap<RequestId, OpenCharge>,
    /// The newest voucher that a failed request of this one has become.
    pub successor: Option<CreditId>,
    /// Whether the rest is ours.
    pub expired: bool,
}

/// A charge without an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCharge {
    /// Method and route template.
    pub endpoint: String,
    /// What was taken off.
    pub amount: MicroUsd,
    /// When the charge is given back by itself.
    pub deadline: Timestamp,
}

impl Credit {
    /// The state after one more event.
    #[must_use]
    pub fn evolve(mut self, event: &CreditEvent) -> Self {
        match event {
            CreditEvent::Issued(e) => {
                (self.hash, self.remainder) = (e.hash, e.amount);
                self.shown_at = e.hash.map(|_| e.issued_at);
                self.issued = Some(e.clone());
            }
            CreditEvent::Coded(e) => {
                self.renewed = self.hash.is_some();
                (self.hash, self.shown_at) = (Some(e.hash), Some(e.coded_at));
            }
            CreditEvent::Spent(e) => (self.remainder, self.touched) = (e.remainder, true),
            CreditEvent::Expired(_) => (self.remainder, self.expired) = (MicroUsd::ZERO, true),
            CreditEvent::Charged(e) => {
                let (endpoint, amount, deadline) = (e.endpoint.clone(), e.amount, e.deadline);
                self.open.insert(e.request, OpenCharge { endpoint, amount, deadline });
            }
            CreditEvent::Completed(e) => {
                self.open.remove(&e.request);
            }
            // The money moves on with the voucher that is issued in the same append.
            CreditEvent::Refunded(e) => {
                self.open.remove(&e.request);
                self.successor = Some(e.credit);
            }
        }
        self
    }
}
