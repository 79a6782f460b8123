//! Invariants 1 to 3 over random interleavings: several writers decide on states that may be stale, and a log
//! that checks expected versions and identities lets some of them through.

use std::collections::{BTreeMap, BTreeSet};

use aipaygen_events::account::{
    Account, AccountCommand, AccountEvent, Charge, Complete, Deposit, DepositSource, IssueKey, Pricing, Refund,
    RefundReason, Tokens, decide,
};
use aipaygen_events::api_key::KeyHash;
use aipaygen_events::{AccountId, DepositId, EventId, KeyId, MicroUsd, RequestId, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

/// The log as the journal promises it: a stream goes on only from where its writer saw it, an identity stands once.
#[derive(Default)]
struct Log {
    events: Vec<AccountEvent>,
    ids: BTreeSet<EventId>,
}

impl Log {
    fn append(&mut self, expected: usize, events: &[AccountEvent]) -> bool {
        let fresh = events.iter().all(|event| !self.ids.contains(&event.id()));
        if expected != self.events.len() || !fresh {
            return false;
        }
        self.ids.extend(events.iter().map(AccountEvent::id));
        self.events.extend_from_slice(events);
        true
    }
}

/// A payments worker: a state as of some version, which it brings up to date only now and then.
#[derive(Clone, Default)]
struct Writer {
    state: Account,
    version: usize,
}

impl Writer {
    fn catch_up(&mut self, log: &Log) {
        let state = std::mem::take(&mut self.state);
        self.state = log.events[self.version..].iter().fold(state, Account::evolve);
        self.version = log.events.len();
    }

    fn try_command(&mut self, log: &mut Log, command: AccountCommand) {
        if let Ok(events) = decide(&self.state, command) {
            log.append(self.version, &events);
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    CatchUp,
    Do(Box<AccountCommand>),
}

fn account() -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(1))
}

fn key() -> KeyId {
    "k000000000000001".parse().unwrap()
}

fn amount() -> impl Strategy<Value = MicroUsd> {
    (0_u64..300).prop_map(|micro| MicroUsd::new(micro).unwrap())
}

fn request() -> impl Strategy<Value = RequestId> {
    (0_u128..12).prop_map(|n| RequestId::from_uuid(Uuid::from_u128(n)))
}

fn command() -> impl Strategy<Value = AccountCommand> {
    let deposit = (amount(), 0..6_u8).prop_map(|(amount, n)| {
        let (source, reference) = (DepositSource::Grant, n.to_string());
        let deposit = DepositId::of_reference("grant", &reference);
        AccountCommand::Deposit(Deposit { deposit, source, reference, amount })
    });
    let charge = (request(), amount(), any::<bool>()).prop_map(|(request, amount, metered)| {
        let pricing = if metered { Pricing::Metered } else { Pricing::Flat };
        let (deadline, now) = (Timestamp::from_micros(9), Timestamp::from_micros(1));
        AccountCommand::Charge(Charge {
            key: key(),
            request,
            endpoint: "POST /x".into(),
            amount,
            pricing,
            deadline,
            now,
        })
    });
    let complete = (request(), proptest::option::of(amount())).prop_map(|(request, price)| {
        let tokens = Tokens::default();
        AccountCommand::Complete(Complete { request, status: 200, price, tokens, duration_ms: 1 })
    });
    let refund = request().prop_map(|request| {
        AccountCommand::Refund(Refund { request, status: 502, reason: RefundReason::ToolFailed })
    });
    prop_oneof![1 => deposit, 4 => charge, 2 => complete, 2 => refund]
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let step = prop_oneof![2 => Just(Step::CatchUp), 3 => command().prop_map(|c| Step::Do(Box::new(c)))];
    (0..3_usize, step)
}

/// The books, counted from the events alone and not by the code under test.
#[derive(Default)]
struct Books {
    deposits: i128,
    balance: i128,
    unearned: i128,
    earned: i128,
    credits: i128,
    charges: BTreeMap<RequestId, u32>,
    ends: BTreeMap<RequestId, u32>,
}

impl Books {
    fn post(&mut self, event: &AccountEvent) {
        let micro = |amount: MicroUsd| i128::from(amount.micro_usd());
        match event {
            AccountEvent::Opened(_) | AccountEvent::KeyIssued(_) | AccountEvent::KeyRevoked(_) => {}
            AccountEvent::Deposited(e) => {
                self.deposits += micro(e.amount);
                self.balance += micro(e.amount);
            }
            AccountEvent::Charged(e) => {
                self.balance -= micro(e.amount);
                self.unearned += micro(e.amount);
                *self.charges.entry(e.request).or_default() += 1;
            }
            AccountEvent::Completed(e) => {
                self.unearned -= micro(e.charged);
                self.earned += micro(e.price);
                self.balance += micro(e.charged) - micro(e.price);
                *self.ends.entry(e.request).or_default() += 1;
            }
            AccountEvent::Refunded(e) => {
                self.unearned -= micro(e.amount);
                self.credits += micro(e.amount);
                *self.ends.entry(e.request).or_default() += 1;
            }
            AccountEvent::CreditApplied(e) => {
                self.credits -= micro(e.amount);
                self.balance += micro(e.amount);
            }
        }
    }

    fn check(&self) {
        assert!(self.balance >= 0, "invariant 1: a balance never goes below zero");
        let held = self.balance + self.unearned + self.earned + self.credits;
        assert_eq!(self.deposits, held, "invariant 2: what came in is somewhere");
        assert!(self.charges.values().all(|n| *n == 1), "invariant 3: at most one charge");
        for (request, ends) in &self.ends {
            assert_eq!(*ends, 1, "invariant 3: exactly one end");
            assert!(self.charges.contains_key(request), "invariant 3: no end without a charge");
        }
    }
}

proptest! {
    #[test]
    fn the_books_balance_at_every_position(steps in proptest::collection::vec(step(), 1..200)) {
        let mut log = Log::default();
        let mut writers = vec![Writer::default(); 3];
        let issue = IssueKey { key: key(), hash: KeyHash::NONE, label: String::new(), expires_at: None };
        for command in [
            AccountCommand::Open { account: account(), label: String::new() },
            AccountCommand::IssueKey(issue),
        ] {
            writers[0].catch_up(&log);
            writers[0].try_command(&mut log, command);
        }
        for (writer, step) in steps {
            match step {
                Step::CatchUp => writers[writer].catch_up(&log),
                Step::Do(command) => writers[writer].try_command(&mut log, *command),
            }
        }
        let mut books = Books::default();
        let mut state = Account::default();
        for event in &log.events {
            books.post(event);
            books.check();
            state = state.evolve(event);
            prop_assert_eq!(i128::from(state.balance.micro_usd()), books.balance);
        }
        let open: BTreeSet<_> = state.open.keys().copied().collect();
        let unended = books.charges.keys().filter(|request| !books.ends.contains_key(request));
        prop_assert_eq!(open, unended.copied().collect::<BTreeSet<_>>());
    }
}
