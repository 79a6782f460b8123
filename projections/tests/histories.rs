//! Invariants 2 and 5 over random histories: whatever the deciders let happen, the books balance at every position,
//! what they said at a position is what they say of it for ever, and a replay makes the same rows.

use aipaygen_events::account::{AccountCommand, AccountEvent, DepositSource, Pricing, RefundReason};
use aipaygen_projections::ledger::{AsOf, books_balance, trial_balance};
use aipaygen_projections::{catch_up, compare};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Handle;

use crate::support::events::{Customer, charge, complete, deposit, refund};
use crate::support::log::Log;
use crate::support::{Store, on_both};

on_both!(the_books_balance_at_every_position);

const CUSTOMERS: u128 = 3;

/// Which customer, and what it asks for. Requests and deposits are few, so that they meet again.
fn ask() -> impl Strategy<Value = (u128, AccountCommand)> {
    (0..CUSTOMERS, 0..4_u8, 0..4_u128, 0..120_u64, any::<bool>()).prop_map(|(customer, kind, n, micro, flag)| {
        let request = n * CUSTOMERS + customer;
        let command = match kind {
            0 => {
                let source = if flag { DepositSource::Stripe } else { DepositSource::Grant };
                deposit(source, &format!("{customer} {n}"), micro)
            }
            1 => charge(customer, request, micro, if flag { Pricing::Metered } else { Pricing::Flat }),
            2 => complete(request, flag.then_some(micro / 2)),
            _ => refund(request, RefundReason::ToolFailed),
        };
        (customer, command)
    })
}

/// What the deciders make of it.
fn history(asks: Vec<(u128, AccountCommand)>) -> Vec<(u128, AccountEvent)> {
    let mut customers: Vec<_> = (0..CUSTOMERS).map(Customer::new).collect();
    let mut events = vec![];
    for (n, customer) in (0..).zip(&mut customers) {
        events.extend(customer.opens().into_iter().map(|event| (n, event)));
    }
    for (n, command) in asks {
        let decided = customers[usize::try_from(n).unwrap()].tries(command);
        events.extend(decided.into_iter().map(|event| (n, event)));
    }
    events
}

/// Counted from the events alone, and not by the code under test: deposits, balances, unearned, earned, credits.
fn counted(events: &[AccountEvent]) -> [i64; 5] {
    let mut sums = [0; 5];
    for event in events {
        let moves = match event {
            AccountEvent::Opened(_) | AccountEvent::KeyIssued(_) | AccountEvent::KeyRevoked(_) => continue,
            AccountEvent::Deposited(e) => [(0, e.amount, 1), (1, e.amount, 1), (1, e.amount, 0)],
            AccountEvent::Charged(e) => [(1, e.amount, -1), (2, e.amount, 1), (2, e.amount, 0)],
            AccountEvent::Completed(e) => [(2, e.charged, -1), (3, e.price, 1), (1, e.released, 1)],
            AccountEvent::Refunded(e) => [(2, e.amount, -1), (4, e.amount, 1), (4, e.amount, 0)],
            AccountEvent::CreditApplied(e) => [(4, e.amount, -1), (1, e.amount, 1), (1, e.amount, 0)],
        };
        for (at, amount, sign) in moves {
            sums[at] += amount.as_i64() * sign;
        }
    }
    sums
}

async fn check(store: &Store, events: &[(u128, AccountEvent)]) {
    let mut log = Log::open(store).await;
    let (mut said, mut seen) = (vec![], vec![]);
    for (customer, event) in events {
        seen.push(event.clone());
        let position = log.append(*customer, [event.clone()]).await;
        catch_up(&log.journal, &store.db, position).await.unwrap();
        let books = books_balance(&store.db).await.unwrap();
        assert!(books.balance(), "after {event:?}: {books:?}");
        let found = [books.deposits, books.balances, books.unearned, books.earned, books.refund_credits];
        assert_eq!(found, counted(&seen), "after {event:?}");
        said.push(trial_balance(&store.db, AsOf::Latest).await.unwrap());
    }
    for then in said {
        assert!(then.is_balanced());
        assert_eq!(trial_balance(&store.db, AsOf::Position(then.position)).await.unwrap(), then);
    }
    // What was applied one by one, applied in one batch.
    let report = compare(&log.journal, &store.db).await.unwrap();
    assert!(report.is_identical(), "{report:?}");
    log.journal.close().await;
}

async fn the_books_balance_at_every_position(store: Store) {
    let config = Config { cases: 6, failure_persistence: None, ..Config::default() };
    let asks = proptest::collection::vec(ask(), 0..50);
    let tested = tokio::task::block_in_place(|| {
        TestRunner::new(config).run(&asks, |asks| {
            let case = async { check(&store.fresh().await, &history(asks)).await };
            Handle::current().block_on(case);
            Ok(())
        })
    });
    tested.unwrap();
}
