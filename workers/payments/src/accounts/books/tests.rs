#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
//! What is in flight, step by step.

use aipaygen_events::account::{AccountOpened, DepositSource, FundsDeposited};
use aipaygen_events::{AccountId, DepositId, MicroUsd};
use uuid::Uuid;

use super::*;

const ACCOUNT: AccountId = AccountId::from_uuid(Uuid::from_u128(7));

fn opened() -> AccountEvent {
    AccountEvent::Opened(AccountOpened { account: ACCOUNT, label: String::new() })
}

fn deposited(reference: &str) -> AccountEvent {
    AccountEvent::Deposited(FundsDeposited {
        account: ACCOUNT,
        deposit: DepositId::of_reference("grant", reference),
        source: DepositSource::Grant,
        reference: reference.to_owned(),
        amount: MicroUsd::dollars(1),
    })
}

fn batch(event: AccountEvent) -> Batch {
    Batch { ids: vec![event.id()], events: [event].into(), claim: None }
}

/// Books that have read the opening of the account.
fn books() -> Books {
    let (mut books, mut reached) = (Books::default(), Reached::default());
    reached.go_on(&opened(), opened().id());
    books.read(reached, Instant::now());
    books
}

fn balance(reached: &Reached) -> MicroUsd {
    reached.account.balance
}

#[test]
fn a_decision_builds_on_what_is_in_flight() {
    let mut books = books();
    books.submitted(batch(deposited("a"))).unwrap();
    books.submitted(batch(deposited("b"))).unwrap();
    let newest = books.newest().unwrap();
    assert_eq!(balance(newest), MicroUsd::dollars(2));
    assert_eq!(newest.end, Expected::Last { version: 3, id: deposited("b").id() });
    assert_eq!((balance(books.confirmed()), books.confirmed().version()), (MicroUsd::ZERO, 1));
}

#[test]
fn what_has_landed_proves_what_it_was_decided_on() {
    let mut books = books();
    let first = books.submitted(batch(deposited("a"))).unwrap();
    let second = books.submitted(batch(deposited("b"))).unwrap();
    books.landed(second);
    assert_eq!((balance(books.confirmed()), books.is_settled()), (MicroUsd::dollars(2), true));
    // The answer to the first one comes late, or never.
    books.landed(first);
    books.lost(first);
    assert_eq!((balance(books.confirmed()), books.newest().is_some()), (MicroUsd::dollars(2), true));
}

#[test]
fn what_was_built_on_a_lost_append_falls_with_it() {
    let mut books = books();
    let landed = books.submitted(batch(deposited("a"))).unwrap();
    let lost = books.submitted(batch(deposited("b"))).unwrap();
    let built_upon = books.submitted(batch(deposited("c"))).unwrap();
    books.landed(landed);
    books.lost(lost);
    assert!(books.newest().is_none() && books.is_settled());
    assert_eq!(balance(books.confirmed()), MicroUsd::dollars(1));
    assert!(books.submitted(batch(deposited("d"))).is_none(), "nothing is decided on a state that is not known");
    books.landed(built_upon);
    assert_eq!(balance(books.confirmed()), MicroUsd::dollars(1), "a late answer to a speculation given up");
}

#[test]
fn late_answers_do_not_touch_the_next_speculation() {
    let mut books = books();
    let lost = books.submitted(batch(deposited("a"))).unwrap();
    let also_lost = books.submitted(batch(deposited("b"))).unwrap();
    books.lost(lost);
    books.read(books.confirmed().clone(), Instant::now());
    books.submitted(batch(deposited("c"))).unwrap();
    books.lost(also_lost);
    assert_eq!(balance(books.newest().unwrap()), MicroUsd::dollars(1));
    assert!(!books.is_settled());
}

#[test]
fn only_a_read_with_nothing_built_upon_it_proves() {
    let before = Instant::now();
    let mut books = books();
    assert!(books.is_proven_since(before));
    assert!(!books.is_proven_since(Instant::now() + std::time::Duration::from_secs(1)));
    books.submitted(batch(deposited("a"))).unwrap();
    assert!(!books.is_proven_since(before));
}

#[test]
fn a_claim_is_seen_while_it_is_in_flight() {
    let mut books = books();
    let stream = StreamId::idempotency(ACCOUNT, "aa");
    let ticket = books.submitted(Batch { claim: Some(stream.clone()), ..batch(deposited("a")) }).unwrap();
    assert!(books.is_claimed(&stream));
    assert!(!books.is_claimed(&StreamId::idempotency(ACCOUNT, "bb")));
    books.landed(ticket);
    assert!(!books.is_claimed(&stream));
}
