//! What strangers pay: payments, vouchers, and the books with them.

use aipaygen_events::payment::Evidence;
use aipaygen_events::{Event, Purse, Timestamp};
use aipaygen_projections::ledger::{AsOf, books_balance, trial_balance};
use aipaygen_projections::payments::{PaymentFilter, PaymentStatus, PaymentSubject, list_payments, show_payment};
use aipaygen_projections::refunds::{Selection, replay_refunds};
use aipaygen_projections::{Reader, catch_up, compare, rebuild};

use crate::support::events::{SECOND, after, request, usd};
use crate::support::log::Log;
use crate::support::stranger::{Stranger, TRANSACTION};
use crate::support::{Store, on_both};

on_both!(
    the_books_balance_after_every_event,
    a_batch_does_what_its_events_do,
    each_thing_has_its_row,
    what_nobody_has_decided_is_found,
    a_rebuild_knows_strangers_too,
);

/// A payment that was answered; one that failed into a voucher, which pays twice, once in vain, and expires; a top-up;
/// one that moved nothing; and one of which nobody knows.
fn a_day() -> Vec<Event> {
    let (mut answered, mut refunded) = (Stranger::new(1), Stranger::new(2));
    let (mut topup, mut failed, mut unknown) = (Stranger::topping_up(3), Stranger::new(4), Stranger::new(5));
    let mut events = [answered.claims(20_000), answered.settles(), answered.is_answered()].concat();
    events.extend([refunded.claims(20_000), refunded.is_unknown(), refunded.settles()].concat());
    let (refund, mut voucher) = refunded.is_refunded();
    events.extend([refund, voucher.is_coded(), voucher.pays(11, 5_000), voucher.is_answered(11)].concat());
    events.extend(voucher.pays(12, 4_000));
    let (refund, _) = voucher.is_refunded(12);
    events.extend([refund, voucher.expires()].concat());
    events.extend([topup.claims(500_000), topup.is_topped_up(500_000)].concat());
    events.extend([failed.claims(1), failed.fails(Evidence::Told), failed.fails(Evidence::Chain)].concat());
    events.extend([unknown.claims(1), unknown.is_unknown()].concat());
    events
}

async fn the_books_balance_after_every_event(store: Store) {
    for entry in after(0, a_day()) {
        store.apply(std::slice::from_ref(&entry)).await.unwrap();
        let books = books_balance(&store.db).await.unwrap();
        assert!(books.balance(), "{:?}: {books:?}", entry.event);
    }
    let trial = trial_balance(&store.db, AsOf::Latest).await.unwrap();
    assert!(trial.is_balanced());
    for (account, debit, credit) in [
        ("usdc_wallet", 540_000, 0),
        ("unearned_revenue", 0, 0),
        ("revenue:POST /code/run", 0, 20_000),
        ("revenue:POST /scrape", 0, 5_000),
        ("refund_credits", 0, 4_000),
        ("breakage", 0, 11_000),
        ("customer_balances", 0, 500_000),
    ] {
        let balance = trial.balance(account);
        assert_eq!((balance.debit, balance.credit), (usd(debit), usd(credit)), "{account}");
    }
}

async fn a_batch_does_what_its_events_do(store: Store) {
    let (singly, entries) = (store.fresh().await, after(0, a_day()));
    for entry in &entries {
        singly.apply(std::slice::from_ref(entry)).await.unwrap();
    }
    store.apply(&entries).await.unwrap();
    assert_eq!(books_balance(&store.db).await.unwrap(), books_balance(&singly.db).await.unwrap());
    assert_eq!(payments(&store, None).await, payments(&singly, None).await);
}

async fn payments(store: &Store, status: Option<PaymentStatus>) -> Vec<aipaygen_projections::payments::PaymentRow> {
    let filter = PaymentFilter { account: None, status, since: None, until: None, limit: 100 };
    list_payments(&store.db, &filter).await.unwrap()
}

async fn each_thing_has_its_row(store: Store) {
    store.apply(&after(0, a_day())).await.unwrap();
    let reader = Reader::new(store.db.clone());
    let (paid, by_voucher) =
        (reader.request(request(1)).await.unwrap().unwrap(), reader.request(request(11)).await.unwrap().unwrap());
    let (stranger, voucher) = (Stranger::new(1), aipaygen_events::CreditId::of_request(request(2)));
    assert_eq!((paid.account, paid.key, paid.purse()), (stranger.account(), None, Purse::Payment(stranger.id())));
    assert_eq!((by_voucher.purse(), by_voucher.account), (Purse::Voucher(voucher), Stranger::new(2).account()));
    let settled = payments(&store, Some(PaymentStatus::Settled)).await;
    let of: Vec<_> = settled.iter().map(|row| (row.payment, row.amount, row.transaction, row.block)).collect();
    let row = |n: u8, micro| (Stranger::new(n).id(), usd(micro), Some(TRANSACTION), Some(12));
    assert_eq!(of, [row(3, 500_000), row(2, 20_000), row(1, 20_000)]);
    assert_eq!(settled[0].topup, Some(Stranger::new(3).account()));
    let [failed] = &payments(&store, Some(PaymentStatus::Failed)).await[..] else { panic!("one failed") };
    assert_eq!((failed.evidence, failed.reason.as_deref()), (Some(Evidence::Chain), Some("insufficient_funds")));
}

async fn what_nobody_has_decided_is_found(store: Store) {
    let mut told = Stranger::new(6);
    let events = [a_day(), told.claims(1), told.fails(Evidence::Told)].concat();
    store.apply(&after(0, events)).await.unwrap();
    let (reader, late) = (Reader::new(store.db.clone()), Timestamp::from_micros(999 * SECOND));
    let (unknown, told) = (Stranger::new(5).id(), Stranger::new(6).id());
    assert_eq!(reader.undecided_payments(late, 61, 10).await.unwrap(), [unknown, told]);
    assert_eq!(reader.undecided_payments(late, 60, 10).await.unwrap(), [unknown], "somebody may submit it yet");
    assert_eq!(reader.undecided_payments(late, 61, 1).await.unwrap(), [unknown]);
    assert_eq!(reader.undecided_payments(Timestamp::default(), 60, 10).await.unwrap(), []);
    assert_eq!(reader.expired_vouchers(Timestamp::from_micros(99 * SECOND), 10).await.unwrap().len(), 1);
    assert_eq!(reader.expired_vouchers(Timestamp::from_micros(98 * SECOND), 10).await.unwrap(), []);
}

async fn a_rebuild_knows_strangers_too(store: Store) {
    let mut log = Log::open(&store).await;
    let written = log.append_raw(1, a_day().iter().map(Event::encode).collect()).await;
    catch_up(&log.journal, &store.db, written).await.unwrap();
    assert!(compare(&log.journal, &store.db).await.unwrap().is_identical());
    for (tamper, table) in [
        ("UPDATE vouchers SET coded_at = 1 WHERE remainder = 0", "vouchers"),
        ("UPDATE payments SET block = 13 WHERE status = 'settled'", "payments"),
    ] {
        assert!(store.execute(tamper).await > 0);
        let found = compare(&log.journal, &store.db).await.unwrap();
        let wrong: Vec<_> =
            found.tables.iter().filter(|table| table.differing > 0).map(|table| table.table).collect();
        assert_eq!(wrong, [table]);
        assert!(rebuild(&log.journal, &store.db).await.unwrap().adopted);
        assert!(compare(&log.journal, &store.db).await.unwrap().is_identical());
    }
    let replayed = replay_refunds(&log.journal, &store.db, Selection::All, true).await.unwrap();
    assert_eq!((replayed.credits, replayed.differences), (2, vec![]));
    let subject = PaymentSubject::Request(request(2));
    let shown = show_payment(&log.journal, &store.db, subject).await.unwrap().unwrap();
    assert_eq!(shown.payment.status, PaymentStatus::Settled);
}
