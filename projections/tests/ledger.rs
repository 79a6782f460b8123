//! The books: what each event debits and credits, what the accounts stood at, and that nothing is ever lost.

use aipaygen_events::account::{AccountEvent, DepositSource, Pricing, RefundReason, RequestCompleted};
use aipaygen_events::{Event, Timestamp};
use aipaygen_projections::ApplyError;
use aipaygen_projections::ledger::{
    AsOf, DebitCredit, LedgerAccount, Side, account_balance, books_balance, postings, trial_balance,
};

use crate::support::events::{Customer, SECOND, account, after, complete, usd};
use crate::support::{Store, on_both};

on_both!(
    the_accounts_stand_as_of_any_position_and_time,
    a_customer_has_a_line_of_its_own,
    books_that_are_cooked_are_found_out,
    an_event_that_does_not_balance_is_refused,
);

/// The lines of events, as an accountant writes them: `Dr`, `Cr`, account, amount.
fn booked(events: &[AccountEvent]) -> Vec<String> {
    let lines = events.iter().flat_map(|event| postings(&Event::from(event.clone())));
    let line = |posting: aipaygen_projections::ledger::Posting| {
        let side = if posting.side == Side::Debit { "Dr" } else { "Cr" };
        let owner = posting.account.owner().chars().rev().take(1).collect::<String>();
        format!("{side} {}{} {}", posting.account.name(), owner, posting.amount.micro_usd())
    };
    lines.map(line).collect()
}

#[test]
fn a_deposit_is_ours_and_owed_to_the_customer() {
    let mut customer = Customer::new(1);
    assert!(booked(&customer.opens()).is_empty());
    for (source, name) in [
        (DepositSource::Stripe, "stripe_clearing"),
        (DepositSource::X402, "usdc_wallet"),
        (DepositSource::Grant, "promotions"),
    ] {
        let lines = [format!("Dr {name} 7"), "Cr customer_balances1 7".to_owned()];
        assert_eq!(booked(&customer.pays_in(source, name, 7)), lines);
    }
}

#[test]
fn a_charge_is_unearned_until_the_answer() {
    let mut customer = Customer::new(1);
    let _paid = [customer.opens(), customer.pays_in(DepositSource::Grant, "a", 100)];
    let charged = customer.is_charged(2, 30, Pricing::Metered);
    assert_eq!(booked(&charged), ["Dr customer_balances1 30", "Cr unearned_revenue 30"]);
    let answered = customer.is_answered(2, Some(12));
    let lines = ["Dr unearned_revenue 30", "Cr revenue:POST /code/run 12", "Cr customer_balances1 18"];
    assert_eq!(booked(&answered), lines);
}

#[test]
fn a_flat_price_leaves_no_line_of_nothing() {
    let mut customer = Customer::new(1);
    let _paid = [customer.opens(), customer.pays_in(DepositSource::Grant, "a", 100)];
    let _charged = customer.is_charged(1, 30, Pricing::Flat);
    let lines = ["Dr unearned_revenue 30", "Cr revenue:POST /scrape 30"];
    assert_eq!(booked(&customer.is_answered(1, None)), lines);
}

#[test]
fn a_failure_goes_by_way_of_a_refund_credit() {
    let mut customer = Customer::new(1);
    let _paid = [customer.opens(), customer.pays_in(DepositSource::Grant, "a", 100)];
    let _charged = customer.is_charged(1, 30, Pricing::Flat);
    let lines =
        ["Dr unearned_revenue 30", "Cr refund_credits 30", "Dr refund_credits 30", "Cr customer_balances1 30"];
    assert_eq!(booked(&customer.is_refunded(1, RefundReason::ToolFailed)), lines);
}

/// Positions 1 to 8: a deposit at 3, a refund at 5 and 6, an answer at 8.
fn a_day() -> Vec<AccountEvent> {
    let mut customer = Customer::new(1);
    [
        customer.opens(),
        customer.pays_in(DepositSource::Stripe, "evt", 100),
        customer.is_charged(1, 30, Pricing::Flat),
        customer.is_refunded(1, RefundReason::ToolFailed),
        customer.is_charged(2, 50, Pricing::Metered),
        customer.is_answered(2, Some(20)),
    ]
    .concat()
}

fn debit(micro: u64) -> DebitCredit {
    DebitCredit { debit: usd(micro), ..DebitCredit::default() }
}

fn credit(micro: u64) -> DebitCredit {
    DebitCredit { credit: usd(micro), ..DebitCredit::default() }
}

async fn the_accounts_stand_as_of_any_position_and_time(store: Store) {
    store.apply(&after(0, a_day())).await.unwrap();
    let accounts =
        ["stripe_clearing", "customer_balances", "unearned_revenue", "refund_credits", "revenue:POST /code/run"];
    let expected = [
        (2, [0, 0, 0, 0, 0]),
        (3, [100, 100, 0, 0, 0]),
        (4, [100, 70, 30, 0, 0]),
        (5, [100, 70, 0, 30, 0]),
        (6, [100, 100, 0, 0, 0]),
        (7, [100, 50, 50, 0, 0]),
        (8, [100, 80, 0, 0, 20]),
    ];
    for (position, [clearing, rest @ ..]) in expected {
        let end_of = Timestamp::from_micros(i64::try_from(position).unwrap() * SECOND + SECOND / 2);
        let mut moments = vec![AsOf::Position(position), AsOf::Time(end_of)];
        if position == 8 {
            moments.extend([AsOf::Latest, AsOf::Position(99)]);
        }
        for as_of in moments {
            let trial = trial_balance(&store.db, as_of).await.unwrap();
            assert!(trial.is_balanced());
            assert_eq!(trial.balance(accounts[0]), debit(clearing), "{as_of:?}");
            let stands: Vec<_> = accounts[1..].iter().map(|account| trial.balance(account)).collect();
            assert_eq!(stands, rest.map(credit), "{as_of:?}");
        }
    }
    let before_all = trial_balance(&store.db, AsOf::Time(Timestamp::from_micros(0))).await.unwrap();
    assert_eq!((before_all.position, before_all.lines.len()), (0, 0));
    let turnover = trial_balance(&store.db, AsOf::Latest).await.unwrap().lines.remove(0).turnover;
    assert_eq!(turnover, DebitCredit { debit: usd(80), credit: usd(160) }, "of all customers, the first by name");
}

async fn a_customer_has_a_line_of_its_own(store: Store) {
    let mut other = Customer::new(2);
    let others = [other.opens(), other.pays_in(DepositSource::Grant, "gift", 5)].concat();
    store.apply(&after(0, [a_day(), others].concat())).await.unwrap();
    let of = |n| LedgerAccount::CustomerBalances(account(n));
    for (n, as_of, micro) in [
        (1, AsOf::Latest, 80),
        (2, AsOf::Latest, 5),
        (1, AsOf::Position(4), 70),
        (2, AsOf::Position(10), 0),
        (3, AsOf::Latest, 0),
    ] {
        assert_eq!(account_balance(&store.db, &of(n), as_of).await.unwrap(), credit(micro), "{n} {as_of:?}");
    }
    let promotions = account_balance(&store.db, &LedgerAccount::Promotions, AsOf::Latest).await.unwrap();
    assert_eq!(promotions, debit(5));
}

async fn books_that_are_cooked_are_found_out(store: Store) {
    store.apply(&after(0, a_day())).await.unwrap();
    let books = books_balance(&store.db).await.unwrap();
    assert!(books.balance(), "{books:?}");
    assert_eq!((books.position, books.deposits, books.balances, books.earned), (8, 100, 80, 20));
    for (cook, rule) in [
        ("UPDATE balances SET balance = balance + 1", "customer_balances = balances"),
        ("UPDATE balances SET held = held + 1", "held = open charges of accounts"),
        ("UPDATE requests SET price = price - 1 WHERE price IS NOT NULL", "revenue = prices of the completed"),
        ("UPDATE ledger_accounts SET debit = debit + 1 WHERE owner <> ''", "debits = credits"),
        ("DELETE FROM postings WHERE position = 4 AND line = 1", "kept debits = posted debits"),
        (
            "UPDATE refund_credits SET applied_at = NULL, applied_position = NULL",
            "refund_credits = credits not applied and not spent",
        ),
        ("UPDATE usage SET spent = 0", "spent = prices of the completed"),
    ] {
        store.reset().await;
        store.apply(&after(0, a_day())).await.unwrap();
        store.execute(cook).await;
        let books = books_balance(&store.db).await.unwrap();
        assert!(books.imbalances.iter().any(|imbalance| imbalance.rule == rule), "{cook}: {books:?}");
    }
}

async fn an_event_that_does_not_balance_is_refused(store: Store) {
    let mut customer = Customer::new(1);
    let opened = [customer.opens(), customer.pays_in(DepositSource::Grant, "a", 100)].concat();
    let opened = [opened, customer.is_charged(2, 30, Pricing::Metered)].concat();
    store.apply(&after(0, opened)).await.unwrap();
    let mut answered = customer.tries(complete(2, Some(12)));
    if let AccountEvent::Completed(RequestCompleted { released, .. }) = &mut answered[0] {
        *released = usd(17);
    }
    let refused = store.apply(&after(4, answered)).await;
    assert!(matches!(refused, Err(ApplyError::Unbalanced { position: 5 })));
}
