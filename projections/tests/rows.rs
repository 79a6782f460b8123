//! What each event becomes in each table, as the reader tells it.

use aipaygen_events::account::{DepositSource, Pricing, RefundReason, Tender, Tokens};
use aipaygen_events::api_key::KeyHash;
use aipaygen_events::{CreditId, MicroUsd, Purse, Timestamp};
use aipaygen_journal::db::DbError;
use aipaygen_projections::{ApplyError, BalanceRow, KeyRow, Reader, RequestStatus, UsageRow};

use crate::support::events::{Customer, SECOND, account, after, key, request, usd};
use crate::support::{Store, on_both};

on_both!(
    a_key_is_known_until_it_is_revoked,
    money_moves_between_balance_and_held,
    a_request_is_open_until_it_ends,
    a_failed_request_names_its_refund,
    requests_are_paged_from_the_newest,
    the_overdue_are_found_by_deadline,
    usage_adds_up_by_day_and_endpoint,
    events_that_contradict_the_rows_are_refused,
    a_gap_is_refused,
    nothing_is_left_of_a_transaction_that_is_dropped,
);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * SECOND)
}

async fn a_key_is_known_until_it_is_revoked(store: Store) {
    let (mut customer, reader, second) = (Customer::new(1), Reader::new(store.db.clone()), key(77));
    let opened = customer.opens();
    store.apply(&after(0, [opened, customer.issues(second)].concat())).await.unwrap();
    let expected = KeyRow {
        key: key(1),
        account: account(1),
        hash: KeyHash::NONE,
        label: "ci".into(),
        expires_at: Some(at(99)),
        revoked: false,
        issued_at: at(2),
    };
    assert_eq!(reader.key(&key(1)).await.unwrap(), Some(expected));
    assert_eq!(reader.key(&key(2)).await.unwrap(), None);

    store.apply(&after(3, customer.revokes(key(1)))).await.unwrap();
    let keys = reader.keys_of(account(1)).await.unwrap();
    let keys: Vec<_> = keys.into_iter().map(|row| (row.key, row.revoked)).collect();
    assert_eq!(keys, [(second, false), (key(1), true)]);
}

async fn money_moves_between_balance_and_held(store: Store) {
    let (mut customer, reader) = (Customer::new(1), Reader::new(store.db.clone()));
    let mut last = 0;
    let mut expect = async |events, balance, held, position| {
        let entries = after(last, events);
        last += u64::try_from(entries.len()).unwrap();
        store.apply(&entries).await.unwrap();
        let (balance, held, label) = (usd(balance), usd(held), "customer 1".to_owned());
        let row = BalanceRow { account: account(1), label, balance, held, position };
        assert_eq!(reader.balance(account(1)).await.unwrap(), Some(row));
    };
    expect(customer.opens(), 0, 0, 1).await;
    expect(customer.pays_in(DepositSource::Grant, "hello", 100), 100, 0, 3).await;
    expect(customer.is_charged(1, 30, Pricing::Metered), 70, 30, 4).await;
    expect(customer.is_charged(2, 20, Pricing::Flat), 50, 50, 5).await;
    expect(customer.is_answered(1, Some(12)), 68, 20, 6).await;
    expect(customer.is_refunded(2, RefundReason::ToolFailed), 88, 0, 8).await;
    assert_eq!(reader.balance(account(2)).await.unwrap(), None);
}

async fn a_request_is_open_until_it_ends(store: Store) {
    let (mut customer, reader) = (Customer::new(1), Reader::new(store.db.clone()));
    let paid = [customer.opens(), customer.pays_in(DepositSource::Stripe, "evt", 100)].concat();
    store.apply(&after(0, [paid, customer.is_charged(2, 30, Pricing::Metered)].concat())).await.unwrap();
    let open = reader.request(request(2)).await.unwrap().unwrap();
    assert_eq!((open.account, open.key, open.endpoint.as_str()), (account(1), Some(key(1)), "POST /code/run"));
    assert_eq!((open.status, open.charged, open.price), (RequestStatus::Open, usd(30), None));
    assert_eq!((open.http_status, open.ended_at, open.duration_ms), (None, None, None));
    assert_eq!((open.pricing, open.tender), (Pricing::Metered, Tender::Prepaid));
    assert_eq!((open.charged_at, open.deadline), (at(4), at(30)));

    store.apply(&after(4, customer.is_answered(2, Some(12)))).await.unwrap();
    let ended = reader.request(request(2)).await.unwrap().unwrap();
    assert_eq!((ended.status, ended.http_status, ended.price), (RequestStatus::Completed, Some(200), Some(usd(12))));
    assert_eq!((ended.released, ended.tokens), (usd(18), Tokens { input: 10, output: 5 }));
    assert_eq!((ended.ended_at, ended.duration_ms), (Some(at(5)), Some(12)));
    assert_eq!((ended.reason, ended.credit), (None, None));
}

async fn a_failed_request_names_its_refund(store: Store) {
    let (mut customer, reader) = (Customer::new(1), Reader::new(store.db.clone()));
    let paid = [customer.opens(), customer.pays_in(DepositSource::X402, "0xabc", 100)].concat();
    let failed =
        [customer.is_charged(2, 30, Pricing::Flat), customer.is_refunded(2, RefundReason::WorkerLost)].concat();
    store.apply(&after(0, [paid, failed].concat())).await.unwrap();
    let row = reader.request(request(2)).await.unwrap().unwrap();
    assert_eq!((row.status, row.http_status), (RequestStatus::Refunded, Some(502)));
    assert_eq!((row.price, row.released), (None, usd(30)));
    assert_eq!((row.reason, row.credit), (Some(RefundReason::WorkerLost), Some(CreditId::of_request(request(2)))));
}

async fn requests_are_paged_from_the_newest(store: Store) {
    let (mut customer, mut other) = (Customer::new(1), Customer::new(2));
    let mut events = [customer.opens(), other.opens(), customer.pays_in(DepositSource::Grant, "a", 100)].concat();
    events.extend(other.pays_in(DepositSource::Grant, "b", 100));
    for n in 10..15 {
        events.extend(customer.is_charged(n, 1, Pricing::Flat));
        events.extend(other.is_charged(n + 100, 1, Pricing::Flat));
    }
    store.apply(&after(0, events)).await.unwrap();
    let reader = Reader::new(store.db.clone());
    let mut pages = vec![];
    let mut before = None;
    loop {
        let page = reader.requests_of(account(1), before, 2).await.unwrap();
        before = page.last().map(|row| row.request);
        if before.is_none() {
            break;
        }
        pages.push(page.into_iter().map(|row| row.request).collect::<Vec<_>>());
    }
    assert_eq!(pages, [vec![request(14), request(13)], vec![request(12), request(11)], vec![request(10)]]);
}

async fn the_overdue_are_found_by_deadline(store: Store) {
    let mut customer = Customer::new(1);
    let mut events = [customer.opens(), customer.pays_in(DepositSource::Grant, "a", 100)].concat();
    for n in [1, 2, 3] {
        events.extend(customer.is_charged(n, 1, Pricing::Flat));
    }
    events.extend(customer.is_answered(1, None));
    store.apply(&after(0, events)).await.unwrap();
    let reader = Reader::new(store.db.clone());
    assert_eq!(reader.open_past(at(30), 10).await.unwrap(), [], "a deadline passes after its moment");
    let mut overdue = reader.open_past(at(31), 10).await.unwrap();
    overdue.sort_unstable();
    let purse = Purse::Account(account(1));
    assert_eq!(overdue, [(request(2), purse), (request(3), purse)]);
    assert_eq!(reader.open_past(at(31), 1).await.unwrap().len(), 1);
}

async fn usage_adds_up_by_day_and_endpoint(store: Store) {
    const DAY: i64 = 86_400;
    let mut customer = Customer::new(1);
    let mut events = [customer.opens(), customer.pays_in(DepositSource::Grant, "a", 100)].concat();
    for n in [2, 4, 6, 1] {
        events.extend(customer.is_charged(n, 10, Pricing::Flat));
    }
    let ends = [
        customer.is_answered(2, None),
        customer.is_answered(4, Some(3)),
        customer.is_refunded(6, RefundReason::NoWorker),
    ];
    events.extend(ends.concat());
    let mut entries = after(0, events);
    // The second answer comes on the next day, as do all after it.
    for entry in &mut entries[8..] {
        entry.at = at(DAY);
    }
    let (first, second) = entries.split_at(7);
    store.apply(first).await.unwrap();
    store.apply(second).await.unwrap();

    let row = |day, endpoint: &str, [calls, completed, refunded]: [u64; 3], spent| UsageRow {
        day: at(day * DAY),
        endpoint: endpoint.to_owned(),
        calls,
        completed,
        refunded,
        tokens: Tokens { input: completed * 10, output: completed * 5 },
        spent: usd(spent),
    };
    let reader = Reader::new(store.db.clone());
    let all = reader.usage(account(1), at(0), at(DAY)).await.unwrap();
    let first_day = [row(0, "POST /code/run", [3, 1, 0], 10), row(0, "POST /scrape", [1, 0, 0], 0)];
    assert_eq!(all[..2], first_day);
    assert_eq!(all[2..], [row(1, "POST /code/run", [0, 1, 1], 3)]);
    assert_eq!(reader.usage(account(1), at(5), at(DAY - 1)).await.unwrap(), first_day);
}

async fn events_that_contradict_the_rows_are_refused(store: Store) {
    let mut customer = Customer::new(1);
    let opened = [customer.opens(), customer.pays_in(DepositSource::Grant, "a", 10)].concat();
    let charged = customer.is_charged(1, 10, Pricing::Flat);
    let answered = customer.is_answered(1, None);
    store.apply(&after(0, opened)).await.unwrap();
    let end_without_charge = store.apply(&after(3, answered.clone())).await;
    assert!(matches!(
        end_without_charge,
        Err(ApplyError::Database(DbError::Refused(_)) | ApplyError::Contradiction { .. })
    ));
    store.apply(&after(3, charged.clone())).await.unwrap();
    let charged_twice = store.apply(&after(4, charged)).await;
    assert!(matches!(charged_twice, Err(ApplyError::Database(DbError::Refused(_)))));
    store.apply(&after(4, answered.clone())).await.unwrap();
    assert!(store.apply(&after(5, answered)).await.is_err(), "an end that comes twice");
    let mut other = Customer::new(2);
    let unopened = [other.opens(), other.pays_in(DepositSource::Grant, "b", 1)].concat().split_off(2);
    let nobodys = store.apply(&after(5, unopened)).await;
    assert!(matches!(nobodys, Err(ApplyError::Contradiction { table: "balances", expected: 1, fitting: 0 })));
    let balance = Reader::new(store.db.clone()).balance(account(1)).await.unwrap().unwrap();
    assert_eq!((balance.balance, balance.held), (MicroUsd::ZERO, MicroUsd::ZERO));
}

async fn a_gap_is_refused(store: Store) {
    let opened = Customer::new(1).opens();
    let gap = store.apply(&after(1, opened.clone())).await;
    assert!(matches!(gap, Err(ApplyError::Gap { last: 0, found: 2 })));
    store.apply(&after(0, opened.clone())).await.unwrap();
    let again = store.apply(&after(0, opened)).await;
    assert!(matches!(again, Err(ApplyError::Gap { last: 2, found: 1 })));
}

async fn nothing_is_left_of_a_transaction_that_is_dropped(store: Store) {
    let mut customer = Customer::new(1);
    let entries = after(0, [customer.opens(), customer.pays_in(DepositSource::Grant, "a", 10)].concat());
    let mut tx = store.db.begin().await.unwrap();
    aipaygen_projections::apply(&mut tx, &entries).await.unwrap();
    drop(tx);
    let reader = Reader::new(store.db.clone());
    assert_eq!(reader.position().await.unwrap(), 0);
    assert_eq!(reader.balance(account(1)).await.unwrap(), None);
    store.apply(&entries).await.unwrap();
    assert_eq!(reader.balance(account(1)).await.unwrap().unwrap().balance, usd(10));
}
