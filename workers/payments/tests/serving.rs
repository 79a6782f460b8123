//! The worker on the bus: every subject, the queue of ends, and the drain.

use std::time::{Duration, Instant};

use aipaygen_bus::commands::{
    Authorization, Command, ENDS_QUEUE, End, Ended, IssueKey, KEY_REVOKED, KeyIssuance, KeyRevocation,
    KeyRevokedNotice, ReceiptKeys, Refusal, RevokeKey, call, decode, encode,
};
use aipaygen_bus::local::LocalBus;
use aipaygen_bus::{Message, RequestError, SharedBus};
use aipaygen_events::account::AccountEvent;
use aipaygen_events::api_key::ApiKey;
use aipaygen_events::{AccountId, KeyId, RequestId};
use aipaygen_payments::{Deps, StartError, Worker, run};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::{Fsync, House, Payer, cents, completed, failed, on_both_stores, settings, soon, wait};

on_both_stores!(
    a_call_is_paid_over_the_bus,
    a_queued_end_is_done_once,
    what_cannot_be_read_stops_nobody,
    keys_are_issued_and_revoked_over_the_bus,
    a_drain_answers_what_was_taken,
    the_worker_reaps,
);

fn bus() -> SharedBus {
    let retry_pauses_ms = vec![10];
    LocalBus::new(&aipaygen_bus::Settings { retry_pauses_ms, ..aipaygen_bus::Settings::default() })
}

async fn deps(house: &House, bus: &SharedBus) -> Deps {
    let (journal, reader) = (house.journal.clone(), house.reader().await);
    let (settings, clock) = (settings(), house.clock.clock());
    Deps { bus: SharedBus::clone(bus), journal, reader, settings, clock, chain: None }
}

async fn ask<C: Command>(bus: &SharedBus, command: &C) -> C::Reply {
    call(bus.as_ref(), command, soon()).await.unwrap()
}

async fn enqueue(bus: &SharedBus, end: &End) {
    bus.enqueue(ENDS_QUEUE, &end.request.to_string(), encode(end)).await.unwrap();
}

/// Waits until a request has ended, and tells how.
async fn ended(house: &House, payer: &Payer, request: RequestId) -> AccountEvent {
    wait::until("the request ends", async || house.books(payer.account).await.ends.remove(&request)).await
}

async fn a_call_is_paid_over_the_bus(house: &House) {
    let (bus, payer) = (bus(), house.payer(cents(10)).await);
    // Two workers, of which the queue group asks either.
    let workers = [
        Worker::start(deps(house, &bus).await).await.unwrap(),
        Worker::start(deps(house, &bus).await).await.unwrap(),
    ];
    let command = payer.request();
    let Authorization::Charged { receipt: Some(receipt), .. } = ask(&bus, &command).await else {
        panic!("not charged")
    };
    let price = cents(2);
    assert_eq!(ask(&bus, &completed(&command, None)).await, Ended::Completed { price, receipt: receipt.clone() });
    assert_eq!(ask(&bus, &failed(&command)).await, Ended::Completed { price, receipt });
    assert_eq!(ask(&bus, &ReceiptKeys {}).await.jwks, house.payments().receipt_keys());
    for worker in workers {
        worker.drain().await;
    }
}

async fn a_queued_end_is_done_once(house: &House) {
    let (bus, payer) = (bus(), house.payer(cents(10)).await);
    let worker = Worker::start(deps(house, &bus).await).await.unwrap();
    let (answered, contradicted) = (payer.request(), payer.request());
    for command in [&answered, &contradicted] {
        ask(&bus, command).await;
        enqueue(&bus, &completed(command, None)).await;
    }
    // Another id, as when the queue's window has passed.
    bus.enqueue(ENDS_QUEUE, "again", encode(&failed(&contradicted))).await.unwrap();
    enqueue(&bus, &completed(&payer.request(), None)).await;
    assert!(matches!(ended(house, &payer, answered.request).await, AccountEvent::Completed(_)));
    ended(house, &payer, contradicted.request).await;
    worker.drain().await;
    assert_eq!(house.books(payer.account).await.ends.len(), 2);
}

async fn what_cannot_be_read_stops_nobody(house: &House) {
    let (bus, payer) = (bus(), house.payer(cents(10)).await);
    let worker = Worker::start(deps(house, &bus).await).await.unwrap();
    let nonsense = || Message::new("{}");
    let answer = call::<Nonsense>(bus.as_ref(), &Nonsense {}, soon()).await.unwrap_err();
    assert!(matches!(answer, RequestError::HandlerFailed { .. }), "{answer:?}");
    bus.enqueue(ENDS_QUEUE, "nonsense", nonsense()).await.unwrap();
    let command = payer.request();
    ask(&bus, &command).await;
    enqueue(&bus, &completed(&command, None)).await;
    ended(house, &payer, command.request).await;
    worker.drain().await;
}

/// What a newer build may send on a subject that this one serves.
#[derive(serde::Serialize, serde::Deserialize)]
struct Nonsense {}

impl Command for Nonsense {
    const SUBJECT: &'static str = "cmd.payments.authorize";
    type Reply = Authorization;
}

async fn keys_are_issued_and_revoked_over_the_bus(house: &House) {
    let (bus, payer) = (bus(), house.payer(cents(10)).await);
    let worker = Worker::start(deps(house, &bus).await).await.unwrap();
    let mut notices = bus.listen(KEY_REVOKED).await.unwrap();
    let issue = |account| IssueKey { account, label: String::new(), expires_at: None };
    let KeyIssuance::Issued { key, api_key } = ask(&bus, &issue(payer.account)).await else { panic!("not issued") };
    assert_eq!(ApiKey::parse(&api_key).unwrap().id(), key);
    let nobody = issue(AccountId::from_uuid(Uuid::now_v7()));
    assert!(matches!(ask(&bus, &nobody).await, KeyIssuance::NoAccount));
    let payer = Payer { key, ..payer };
    assert!(matches!(ask(&bus, &payer.request()).await, Authorization::Charged { .. }));
    let revoke = RevokeKey { account: payer.account, key };
    assert_eq!(ask(&bus, &revoke).await, KeyRevocation::Revoked);
    let notice = tokio::time::timeout_at(soon().into(), notices.recv()).await.unwrap().unwrap();
    assert_eq!(decode::<KeyRevokedNotice>(&notice).unwrap().key, key);
    assert_eq!(ask(&bus, &payer.request()).await, Authorization::Refused(Refusal::InvalidKey));
    let unknown = RevokeKey { key: "0000000000000000".parse::<KeyId>().unwrap(), ..revoke };
    assert_eq!(ask(&bus, &unknown).await, KeyRevocation::UnknownKey);
    worker.drain().await;
}

async fn a_drain_answers_what_was_taken(house: &House) {
    let (bus, payer, shutdown) = (bus(), house.payer(cents(1_000)).await, CancellationToken::new());
    let worker = tokio::spawn(run(deps(house, &bus).await, shutdown.clone()));
    wait::until("the worker serves", async || {
        let deadline = Instant::now() + Duration::from_secs(1);
        call(bus.as_ref(), &ReceiptKeys {}, deadline).await.ok()
    })
    .await;
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let bus = SharedBus::clone(&bus);
        calls.spawn(async move {
            let command = payer.request();
            (command.request, call(bus.as_ref(), &command, soon()).await)
        });
    }
    calls.join_next().await;
    shutdown.cancel();
    worker.await.unwrap().unwrap();
    let books = house.books(payer.account).await;
    for (request, answer) in calls.join_all().await {
        let charged = matches!(answer, Ok(Authorization::Charged { .. }));
        let turned_away = matches!(answer, Err(RequestError::NoResponders { .. }));
        assert!(charged || turned_away, "{answer:?}");
        assert_eq!(books.charges.contains_key(&request), charged);
    }
    let after = call(bus.as_ref(), &payer.request(), soon()).await.unwrap_err();
    assert!(matches!(after, RequestError::NoResponders { .. }), "{after:?}");
}

async fn the_worker_reaps(house: &House) {
    let (bus, payer) = (bus(), house.payer(cents(10)).await);
    let command = payer.request();
    house.payments().authorize(&command, soon()).await;
    house.clock.put_forward(Duration::from_secs(60));
    let worker = Worker::start(deps(house, &bus).await).await.unwrap();
    assert!(matches!(ended(house, &payer, command.request).await, AccountEvent::Refunded(_)));
    worker.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_end_outlives_an_outage_of_the_database() {
    let mut house = House::on_postgres(Fsync::Off).await;
    let (bus, payer) = (bus(), house.payer(cents(10)).await);
    let worker = Worker::start(deps(&house, &bus).await).await.unwrap();
    let command = payer.request();
    ask(&bus, &command).await;
    let mut server = house.postgres.take().unwrap();
    server.crash();
    enqueue(&bus, &completed(&command, None)).await;
    assert_eq!(ask(&bus, &completed(&command, None)).await, Ended::Unavailable);
    server.restart().await;
    assert!(matches!(ended(&house, &payer, command.request).await, AccountEvent::Completed(_)));
    worker.drain().await;
}

#[tokio::test]
async fn a_worker_with_unsound_settings_does_not_start() {
    let house = House::on_sqlite().await;
    let mut deps = deps(&house, &bus()).await;
    deps.settings.key_pepper = "short".into();
    assert!(matches!(Worker::start(deps).await, Err(StartError::Settings(_))));
}
