//! The projector: each event once, in order, whoever else is at it, and nothing after one that it cannot apply.

use std::time::Duration;

use aipaygen_events::account::{AccountEvent, DepositSource, Pricing, RefundReason};
use aipaygen_events::{EventId, NewEvent};
use aipaygen_journal::db::Db;
use aipaygen_projections::ledger::books_balance;
use aipaygen_projections::{Deps, LogHead, Reader, Settings, Standing, compare, run};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::events::{Customer, account, usd};
use crate::support::log::Log;
use crate::support::wait::DEADLINE;
use crate::support::{Store, on_both};

on_both!(
    an_empty_log_is_followed_at_once,
    a_reader_waits_for_what_was_written,
    two_projectors_apply_each_event_once,
    an_unknown_event_stops_the_line,
    an_event_that_contradicts_the_rows_stops_the_line,
    tables_of_another_log_are_not_touched,
    a_projector_goes_on_where_the_last_one_ended,
);

/// A projector at work.
struct Running {
    standing: watch::Receiver<Standing>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(store: &Store, log: &Log) -> Self {
        Self::with(Db::open(&store.settings).await.unwrap(), log)
    }

    fn with(db: Db, log: &Log) -> Self {
        let (sender, standing) = watch::channel(Standing::default());
        let settings = Settings { batch_events_max: 50, gather_ms: 1, retry_after_ms: 10, retry_after_max_ms: 20 };
        let (journal, shutdown) = (log.journal.reader().clone(), CancellationToken::new());
        let deps = Deps { journal, db, settings, standing: sender };
        Self { standing, task: tokio::spawn(run(deps, shutdown.clone())), shutdown }
    }

    async fn stands(&mut self, what: &str, wanted: impl FnMut(&Standing) -> bool) -> Standing {
        let stands = tokio::time::timeout(DEADLINE, self.standing.wait_for(wanted)).await;
        *stands.unwrap_or_else(|_| panic!("not in time: {what}")).unwrap()
    }

    async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(DEADLINE, self.task).await.expect("it ends after a shutdown").unwrap();
    }
}

async fn reaches(store: &Store, position: u64) {
    let reader = Reader::new(store.db.clone());
    assert!(reader.caught_up(position, DEADLINE).await.unwrap(), "not in time: position {position}");
}

async fn an_empty_log_is_followed_at_once(store: Store) {
    let log = Log::open(&store).await;
    let mut projector = Running::start(&store, &log).await;
    projector.stands("following", |standing| standing.is_ready()).await;
    projector.stop().await;
}

async fn a_reader_waits_for_what_was_written(store: Store) {
    let (mut log, mut customer) = (Log::open(&store).await, Customer::new(1));
    let (reader, head) = (Reader::new(store.db.clone()), LogHead::new(log.journal.reader().clone()));
    let written = log.append(1, customer.opens()).await;
    assert_eq!(head.position().await.unwrap(), written);
    let soon = Duration::from_millis(30);
    assert!(!reader.caught_up(written, soon).await.unwrap(), "nobody has applied it");
    assert!(reader.caught_up(0, soon).await.unwrap(), "there is nothing to wait for");

    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let reader = reader.clone();
            tokio::spawn(async move { reader.caught_up(written, DEADLINE).await.unwrap() })
        })
        .collect();
    let projector = Running::start(&store, &log).await;
    for waiter in waiting {
        assert!(waiter.await.unwrap());
    }
    assert_eq!(reader.balance(account(1)).await.unwrap().unwrap().balance, usd(0));
    projector.stop().await;
}

async fn two_projectors_apply_each_event_once(store: Store) {
    let mut log = Log::open(&store).await;
    let mut projectors = [Running::start(&store, &log).await, Running::start(&store, &log).await];
    let mut written = 0;
    for n in 1..=5 {
        let mut customer = Customer::new(n);
        let paid = [customer.opens(), customer.pays_in(DepositSource::Grant, &n.to_string(), 1_000)].concat();
        log.append(n, paid).await;
        for request in 0..40 {
            let request = n * 100 + request;
            log.append(n, customer.is_charged(request, 5, Pricing::Flat)).await;
            written = if request.is_multiple_of(3) {
                log.append(n, customer.is_refunded(request, RefundReason::ToolFailed)).await
            } else {
                log.append(n, customer.is_answered(request, None)).await
            };
        }
    }
    reaches(&store, written).await;
    for projector in &mut projectors {
        let standing = projector.stands("following", |standing| *standing != Standing::Starting).await;
        assert_eq!(standing, Standing::Following);
    }
    let report = compare(&log.journal, &store.db).await.unwrap();
    assert!(report.is_identical() && report.position == written, "{report:?}");
    assert!(books_balance(&store.db).await.unwrap().balance());
    for projector in projectors {
        projector.stop().await;
    }
}

async fn stops_after(store: &Store, mut log: Log, last_good: u64) {
    let mut customer = Customer::new(2);
    log.append(2, customer.opens()).await;
    let mut projector = Running::start(store, &log).await;
    let stopped = Standing::Stopped { after: last_good };
    projector.stands("stopped", |standing| *standing == stopped).await;
    let reader = Reader::new(store.db.clone());
    assert_eq!(reader.position().await.unwrap(), last_good, "all that comes before is applied");
    assert_eq!(reader.balance(account(1)).await.unwrap().unwrap().balance, usd(10));
    // It has tried again by now, or does so while we wait, and still skips nothing.
    assert!(!reader.caught_up(last_good + 1, Duration::from_millis(100)).await.unwrap());
    assert_eq!(reader.balance(account(2)).await.unwrap(), None, "what comes after is not");
    projector.stop().await;
}

async fn an_unknown_event_stops_the_line(store: Store) {
    let (mut log, mut customer) = (Log::open(&store).await, Customer::new(1));
    let paid = [customer.opens(), customer.pays_in(DepositSource::Grant, "a", 10)].concat();
    let last_good = log.append(1, paid).await;
    let unknown = NewEvent { id: EventId::named("x"), kind: "request.forgotten", schema: 1, data: b"{}".to_vec() };
    log.append_raw(1, vec![unknown]).await;
    stops_after(&store, log, last_good).await;
}

async fn an_event_that_contradicts_the_rows_stops_the_line(store: Store) {
    let (mut log, mut customer) = (Log::open(&store).await, Customer::new(1));
    let paid = [customer.opens(), customer.pays_in(DepositSource::Grant, "a", 10)].concat();
    let last_good = log.append(1, paid).await;
    let _never_written = customer.is_charged(1, 5, Pricing::Flat);
    let end: Vec<AccountEvent> = customer.is_answered(1, None);
    log.append(1, end).await;
    stops_after(&store, log, last_good).await;
}

async fn tables_of_another_log_are_not_touched(store: Store) {
    let mut log = Log::open(&store).await;
    log.append(1, Customer::new(1).opens()).await;
    store.execute("UPDATE checkpoint SET position = 7").await;
    let mut projector = Running::start(&store, &log).await;
    projector.stands("stopped", |standing| *standing == Standing::Stopped { after: 7 }).await;
    projector.stop().await;
}

async fn a_projector_goes_on_where_the_last_one_ended(store: Store) {
    let (mut log, mut customer) = (Log::open(&store).await, Customer::new(1));
    let written = log.append(1, customer.opens()).await;
    let first = Running::start(&store, &log).await;
    reaches(&store, written).await;
    first.stop().await;
    let written = log.append(1, customer.pays_in(DepositSource::Grant, "a", 10)).await;
    let second = Running::start(&store, &log).await;
    reaches(&store, written).await;
    assert!(compare(&log.journal, &store.db).await.unwrap().is_identical());
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projector_outlasts_its_database() {
    let mut store = Store::postgres().await;
    let (mut log, mut customer) = (Log::open(&store).await, Customer::new(1));
    let impatient = aipaygen_journal::Settings { unavailable_after_ms: 500, ..store.settings.clone() };
    let db = Db::open(&impatient).await.unwrap();
    store.server().unwrap().crash();
    let mut projector = Running::with(db, &log);
    projector.stands("away", |standing| *standing == Standing::Away).await;
    store.server().unwrap().restart().await;
    projector.stands("following", |standing| standing.is_ready()).await;
    let written = log.append(1, customer.opens()).await;
    reaches(&store, written).await;
    projector.stop().await;
}
