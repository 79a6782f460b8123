//! What the same machine can do at best in the same minutes: the limits that a paid call is compared with.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_bus::local::LocalBus;
use aipaygen_bus::{Handler, Message, Request, ServeOptions, Serving, SharedBus};
use aipaygen_events::account::{AccountEvent, Pricing, RequestCharged, Tender};
use aipaygen_events::{AccountId, Event, KeyId, MicroUsd, NewEvent, StreamId, Timestamp};
use aipaygen_journal::{Expected, Journal, StreamAppend};
use async_trait::async_trait;
use uuid::Uuid;

use crate::bare::Bare;
use crate::cpu::Watch;
use crate::load::{Failed, Measured, closed_loop};
use crate::plan::Bounds;
use crate::shop::{self, Call, Caller, Shop};
use crate::spine::{self, new_request};
use crate::wire::{self, Connection};

/// What each limit is called in the report.
pub(crate) const HTTP: &str = "bare actix answer";
pub(crate) const COMMIT: &str = "bare group commit";
pub(crate) const BUS: &str = "bus round trip";
pub(crate) const SPINE: &str = "paid ping without the api";

/// What is needed to measure them.
pub(crate) struct Limits {
    bare: Bare,
    journal: Journal,
    bus: Reach,
    callers: Vec<Caller>,
}

/// How far the bus reaches from here.
enum Reach {
    /// The product's bus ends at its process: one of our own, with nobody but an echo.
    Own { bus: SharedBus, _echo: Serving },
    /// The product's workers.
    Workers { bus: SharedBus },
}

impl Limits {
    /// Opens all that is measured, beside the product.
    pub(crate) async fn prepare(shop: &Shop) -> Self {
        let bare = Bare::start(shop.dir(), &shop.answer().await).await;
        let journal = shop.bare_journal().await;
        let bus = match shop.bus().await {
            Some(bus) => Reach::Workers { bus },
            None => own_bus().await,
        };
        Self { bare, journal, bus, callers: shop.callers() }
    }

    /// Each of them at this concurrency.
    pub(crate) async fn measure(&self, connections: usize, bounds: Bounds) -> Vec<(&'static str, Measured)> {
        let mut measured = vec![
            (HTTP, http(self.bare.address, connections, bounds).await),
            (COMMIT, group_commit(&self.journal, connections, bounds).await),
        ];
        match &self.bus {
            Reach::Own { bus, .. } => measured.push((BUS, echo(bus, connections, bounds).await)),
            Reach::Workers { bus } => {
                measured.push((BUS, pings(bus, connections, bounds).await));
                measured.push((SPINE, paid_pings(bus, &self.callers[..connections], bounds).await));
            }
        }
        measured
    }

    /// Closes what was opened.
    pub(crate) async fn end(self) {
        self.journal.close().await;
    }
}

async fn http(address: SocketAddr, connections: usize, bounds: Bounds) -> Measured {
    let request = wire::post(address, Call::Ping.path(), "no key is looked at", Call::Ping.body());
    shop::on_a_thread(async move || {
        let mut callers = Vec::new();
        for _ in 0..connections {
            let mut connection = Connection::open(address, request.clone()).await.unwrap();
            callers.push(async move || connection.call().await);
        }
        closed_loop(callers, bounds, &Watch::default()).await
    })
    .await
}

/// One small event an append, each writer on a stream of its own, as each account is.
async fn group_commit(journal: &Journal, writers: usize, bounds: Bounds) -> Measured {
    let mut callers = Vec::new();
    for _ in 0..writers {
        let account = AccountId::from_uuid(Uuid::now_v7());
        let (stream, mut version, mut expected) = (StreamId::account(account), 0, Expected::Empty);
        callers.push(async move || {
            let event = charged(account);
            version += 1;
            let next = Expected::Last { version, id: event.id };
            let append = StreamAppend { stream: stream.clone(), expected, events: vec![event] };
            expected = next;
            journal.append(vec![append]).await.map(drop).map_err(|error| error.to_string())
        });
    }
    closed_loop(callers, bounds, &Watch::default()).await
}

fn charged(account: AccountId) -> NewEvent {
    let charged = RequestCharged {
        account,
        key: Some(KEY.parse::<KeyId>().unwrap()),
        request: new_request(),
        endpoint: "POST /tools/ping".to_owned(),
        amount: MicroUsd::dollars(1),
        pricing: Pricing::Flat,
        tender: Tender::Prepaid,
        deadline: Timestamp::from_micros(1_800_000_000_000_000),
        payment: None,
        voucher: None,
    };
    Event::from(AccountEvent::Charged(charged)).encode()
}

const KEY: &str = "0123456789abcdef";

async fn pings(bus: &SharedBus, callers: usize, bounds: Bounds) -> Measured {
    let ask = |_| async || spine::ping(bus, new_request()).await;
    closed_loop((0..callers).map(ask).collect(), bounds, &Watch::default()).await
}

async fn paid_pings(bus: &SharedBus, callers: &[Caller], bounds: Bounds) -> Measured {
    let pay = |caller| async move || spine::paid_ping(bus, caller).await;
    closed_loop(callers.iter().map(pay).collect(), bounds, &Watch::default()).await
}

struct Echo;

#[async_trait]
impl Handler for Echo {
    async fn handle(&self, request: Request) -> Message {
        request.message
    }
}

const ECHO: &str = "cmd.tool.echo";

async fn own_bus() -> Reach {
    let bus: SharedBus = LocalBus::new(&aipaygen_bus::Settings::default());
    let options = ServeOptions { subject: ECHO.to_owned(), concurrency: 1_024 };
    let echo = bus.serve(options, Arc::new(Echo)).await.unwrap();
    Reach::Own { bus, _echo: echo }
}

async fn echo(bus: &SharedBus, callers: usize, bounds: Bounds) -> Measured {
    let ask = |_| {
        async || -> Result<(), Failed> {
            let asked = bus.request(ECHO, Message::new("{}"), Instant::now() + Duration::from_secs(10));
            asked.await.map(drop).map_err(|error| error.to_string())
        }
    };
    closed_loop((0..callers).map(ask).collect(), bounds, &Watch::default()).await
}

/// A database of its own for the bare journal: the log of the product is the product's.
pub(crate) async fn open_journal(url: String) -> Journal {
    let settings = aipaygen_journal::Settings {
        url: url.into(),
        read_connections_max: 2,
        append_queue_max: 8_192,
        batch_appends_max: 512,
        poll_interval_ms: 50,
        unavailable_after_ms: 5_000,
    };
    aipaygen_journal::migrate(&settings).await.unwrap();
    let clock = aipaygen_payments::Clock::system();
    Journal::open(&settings, move || clock.now()).await.unwrap()
}

/// The directory of an embedded database.
pub(crate) fn sqlite(dir: &Path) -> String {
    format!("sqlite://{}", dir.join("bare-log").display())
}
