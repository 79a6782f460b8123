//! Events as the deciders write them, and their place in a log.

use std::collections::HashSet;

use aipaygen_events::account::{
    Account, AccountCommand, AccountEvent, Charge, Complete, Deposit, DepositSource, IssueKey, Pricing, Refund,
    RefundReason, Tokens, decide,
};
use aipaygen_events::api_key::KeyHash;
use aipaygen_events::{AccountId, DepositId, Event, EventId, KeyId, MicroUsd, RequestId, Timestamp};
use aipaygen_projections::Entry;
use uuid::Uuid;

/// A second of the first day of the log.
pub(crate) const SECOND: i64 = 1_000_000;

pub(crate) const fn account(n: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(n))
}

pub(crate) const fn request(n: u128) -> RequestId {
    RequestId::from_uuid(Uuid::from_u128(n))
}

pub(crate) fn key(account: u128) -> KeyId {
    format!("k{account:015}").parse().unwrap()
}

pub(crate) fn usd(micro: u64) -> MicroUsd {
    MicroUsd::new(micro).unwrap()
}

/// One account, which decides what can happen to it.
pub(crate) struct Customer {
    n: u128,
    state: Account,
    /// What the log would hold already.
    known: HashSet<EventId>,
}

impl Customer {
    pub(crate) fn new(n: u128) -> Self {
        Self { n, state: Account::default(), known: HashSet::new() }
    }

    /// What a command leads to; nothing, if it is refused, or if the log would: it holds an identity once.
    pub(crate) fn tries(&mut self, command: AccountCommand) -> Vec<AccountEvent> {
        let events = decide(&self.state, command).unwrap_or_default();
        if !events.iter().all(|event| self.known.insert(event.id())) {
            return vec![];
        }
        self.state = events.iter().fold(std::mem::take(&mut self.state), Account::evolve);
        events
    }

    fn does(&mut self, command: AccountCommand) -> Vec<AccountEvent> {
        let events = self.tries(command.clone());
        assert!(!events.is_empty(), "refused: {command:?}");
        events
    }

    /// Opens the account and gives it a key.
    pub(crate) fn opens(&mut self) -> Vec<AccountEvent> {
        let opened =
            self.does(AccountCommand::Open { account: account(self.n), label: format!("customer {}", self.n) });
        [opened, self.issues(key(self.n))].concat()
    }

    pub(crate) fn issues(&mut self, key: KeyId) -> Vec<AccountEvent> {
        let expires_at = Some(Timestamp::from_micros(99 * SECOND));
        self.does(AccountCommand::IssueKey(IssueKey { key, hash: KeyHash::NONE, label: "ci".into(), expires_at }))
    }

    pub(crate) fn revokes(&mut self, key: KeyId) -> Vec<AccountEvent> {
        self.does(AccountCommand::RevokeKey { key })
    }

    pub(crate) fn pays_in(&mut self, source: DepositSource, reference: &str, micro: u64) -> Vec<AccountEvent> {
        self.does(deposit(source, reference, micro))
    }

    pub(crate) fn is_charged(&mut self, n: u128, micro: u64, pricing: Pricing) -> Vec<AccountEvent> {
        self.does(charge(self.n, n, micro, pricing))
    }

    pub(crate) fn is_answered(&mut self, n: u128, price: Option<u64>) -> Vec<AccountEvent> {
        self.does(complete(n, price))
    }

    pub(crate) fn is_refunded(&mut self, n: u128, reason: RefundReason) -> Vec<AccountEvent> {
        self.does(refund(n, reason))
    }
}

pub(crate) fn deposit(source: DepositSource, reference: &str, micro: u64) -> AccountCommand {
    let deposit = DepositId::of_reference(source.as_str(), reference);
    AccountCommand::Deposit(Deposit { deposit, source, reference: reference.into(), amount: usd(micro) })
}

pub(crate) fn charge(account: u128, n: u128, micro: u64, pricing: Pricing) -> AccountCommand {
    let deadline = Timestamp::from_micros(30 * SECOND);
    let now = Timestamp::from_micros(SECOND);
    let endpoint = if n.is_multiple_of(2) { "POST /code/run" } else { "POST /scrape" }.to_owned();
    let (key, request) = (key(account), request(n));
    AccountCommand::Charge(Charge { key, request, endpoint, amount: usd(micro), pricing, deadline, now })
}

pub(crate) fn complete(n: u128, price: Option<u64>) -> AccountCommand {
    let tokens = Tokens { input: 10, output: 5 };
    let (request, price) = (request(n), price.map(usd));
    AccountCommand::Complete(Complete { request, status: 200, price, tokens, duration_ms: 12 })
}

pub(crate) fn refund(n: u128, reason: RefundReason) -> AccountCommand {
    AccountCommand::Refund(Refund { request: request(n), status: 502, reason })
}

/// Events in a row of positions, a second apart, the first after `last`.
pub(crate) fn after<E: Into<Event>>(last: u64, events: impl IntoIterator<Item = E>) -> Vec<Entry> {
    let place = |(position, event): (u64, E)| Entry {
        position,
        at: Timestamp::from_micros(i64::try_from(position).unwrap() * SECOND),
        event: event.into(),
    };
    (last + 1..).zip(events).map(place).collect()
}
