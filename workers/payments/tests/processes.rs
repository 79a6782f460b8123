//! Processes: several over one database, one that dies, a database that dies, a log that is full.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, mpsc};

use aipaygen_bus::commands::{Authorization, Authorize, Refusal};
use aipaygen_events::{AccountId, MicroUsd, RequestId};
use aipaygen_journal::Settings;
use aipaygen_payments::{Clock, Payments};
use tokio::task::JoinSet;

use crate::support::{
    Fsync, House, Payer, cents, completed, failed, on_both_stores, open_journal, settings, soon, wait,
};

on_both_stores!(
    three_processes_spend_one_balance_once,
    a_process_that_dies_loses_nothing_that_was_told,
    a_full_log_refuses_before_it_charges,
);

/// A worker with a journal of its own, as in a process of its own.
async fn process(database: &Settings) -> Arc<Payments> {
    Arc::new(Payments::try_new(open_journal(database).await, &settings(), Clock::system()).unwrap())
}

async fn three_processes_spend_one_balance_once(house: &House) {
    let payer = house.payer(cents(200)).await;
    let mut tasks = JoinSet::new();
    for _ in 0..3 {
        let payments = process(&house.database).await;
        for _ in 0..60 {
            let payments = Arc::clone(&payments);
            tasks.spawn(async move { payments.authorize(&payer.request(), soon()).await });
        }
    }
    let answers = tasks.join_all().await;
    let charged = answers.iter().filter(|answer| matches!(answer, Authorization::Charged { .. })).count();
    assert_eq!(charged, 100, "{answers:?}");
    let books = house.books(payer.account).await;
    assert_eq!((books.charges.len(), books.account.balance), (100, MicroUsd::ZERO));
}

async fn a_process_that_dies_loses_nothing_that_was_told(house: &House) {
    let payer = house.payer(cents(100_000)).await;
    for told_until_death in [1, 7, 40] {
        let told = die_after(told_until_death, house.database.clone(), payer).await;
        let books = house.books(payer.account).await;
        assert!(told.len() >= told_until_death);
        told.iter()
            .for_each(|request| assert!(books.charges.contains_key(request), "{request} was told, and is lost"));
        // The next process gives back what the dead one left, and what its last commit brings yet.
        wait::until("all is given back", async || {
            give_back(house, payer.account).await;
            (house.books(payer.account).await.account.balance == cents(100_000)).then_some(())
        })
        .await;
    }
}

/// Charges in a runtime of its own, and drops all of it, the writer too, when so many were told.
async fn die_after(told: usize, database: Settings, payer: Payer) -> Vec<RequestId> {
    let (tell, hear) = mpsc::channel();
    let life = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let payments = runtime.block_on(process(&database));
        for _ in 0..16 {
            let (payments, tell) = (Arc::clone(&payments), tell.clone());
            runtime.spawn(async move {
                loop {
                    let command = payer.request();
                    let answer = payments.authorize(&command, soon()).await;
                    if matches!(answer, Authorization::Charged { .. }) && tell.send(command.request).is_err() {
                        return;
                    }
                }
            });
        }
        let heard: Vec<_> = hear.iter().take(told).collect();
        runtime.shutdown_background();
        heard.into_iter().chain(hear.try_iter()).collect()
    });
    tokio::task::spawn_blocking(|| life.join().unwrap()).await.unwrap()
}

async fn give_back(house: &House, account: AccountId) {
    let open = house.books(account).await.account.open;
    let payments = house.payments();
    for (request, charge) in open {
        let payer = Payer { account, key: charge.key };
        payments.end(&failed(&Authorize { request, ..payer.request() }), soon()).await;
    }
}

async fn a_full_log_refuses_before_it_charges(house: &House) {
    let payer = house.payer(cents(1_000)).await;
    let narrow = Settings { append_queue_max: 2, batch_appends_max: 1, ..house.database.clone() };
    let payments = process(&narrow).await;
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let payments = Arc::clone(&payments);
        tasks.spawn(async move {
            let command = payer.request();
            (command.request, payments.authorize(&command, soon()).await)
        });
    }
    let answers = tasks.join_all().await;
    let books = house.books(payer.account).await;
    for (request, answer) in &answers {
        assert_eq!(
            books.charges.contains_key(request),
            matches!(answer, Authorization::Charged { .. }),
            "{answer:?}"
        );
    }
    let overloaded = |answer: &Authorization| *answer == Authorization::Refused(Refusal::Overloaded);
    assert!(answers.iter().any(|(_, answer)| overloaded(answer)), "64 do not fit into 2");
    let next = payments.authorize(&payer.request(), soon()).await;
    assert!(matches!(next, Authorization::Charged { .. }), "{next:?}");
}

/// What was told, by request, while the server went away and came back.
type Told = Arc<Mutex<BTreeMap<RequestId, Authorization>>>;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_dies_leaves_nobody_misinformed() {
    let mut house = House::on_postgres(Fsync::Off).await;
    let payer = house.payer(cents(100_000)).await;
    let impatient = Settings { unavailable_after_ms: 100, ..house.database.clone() };
    let (told, workers) = (Told::default(), [process(&impatient).await, process(&impatient).await]);
    let mut tasks = JoinSet::new();
    for payments in workers.iter().cycle().take(32).map(Arc::clone) {
        tasks.spawn(work(payments, payer, Arc::clone(&told)));
    }
    let mut server = house.postgres.take().unwrap();
    for _ in 0..2 {
        go_on(&told, |answer| matches!(answer, Authorization::Charged { .. })).await;
        server.crash();
        go_on(&told, |answer| *answer == Authorization::Refused(Refusal::Overloaded)).await;
        server.restart().await;
    }
    go_on(&told, |answer| matches!(answer, Authorization::Charged { .. })).await;
    tasks.shutdown().await;
    let books = house.books(payer.account).await;
    for (request, answer) in told.lock().unwrap().iter() {
        assert_eq!(
            books.charges.contains_key(request),
            matches!(answer, Authorization::Charged { .. }),
            "{answer:?}"
        );
    }
}

/// Charges and completes for as long as it is let.
async fn work(payments: Arc<Payments>, payer: Payer, told: Told) {
    loop {
        let command = payer.request();
        let answer = payments.authorize(&command, soon()).await;
        payments.end(&completed(&command, None), soon()).await;
        told.lock().unwrap().insert(command.request, answer);
        tokio::task::yield_now().await;
    }
}

/// Waits until fifty more have been told this.
async fn go_on(told: &Told, this: impl Fn(&Authorization) -> bool) {
    let count = || told.lock().unwrap().values().filter(|answer| this(answer)).count();
    let before = count();
    wait::until("work goes on", async || (count() >= before + 50).then_some(())).await;
}
