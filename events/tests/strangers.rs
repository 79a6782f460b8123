//! Invariants 1 to 3 over random interleavings of payments and vouchers: several writers decide on states that may be
//! stale, and a log that checks expected versions and identities lets some of them through.

mod books;

use std::collections::{BTreeMap, BTreeSet};

use aipaygen_events::account::{Complete, Refund, RefundReason, Tokens};
use aipaygen_events::api_key::KeyHash;
use aipaygen_events::credit::{self, Charge, Credit, CreditCommand, Issue};
use aipaygen_events::payment::{self, Claim, Evidence, Pay, Payment, PaymentCommand, SignedAuthorization, Use};
use aipaygen_events::request::RequestEvent;
use aipaygen_events::{
    AccountId, CreditId, Event, EventId, Hex, HexBytes, MicroUsd, PaymentId, RequestId, StreamId, Timestamp,
};
use proptest::prelude::*;
use uuid::Uuid;

use books::Books;

/// The log as the journal promises it: an append is whole or nothing, each stream goes on only from where its writer saw
/// it, and an identity stands once.
#[derive(Default)]
struct Log {
    events: Vec<Event>,
    streams: BTreeMap<StreamId, Vec<usize>>,
    ids: BTreeSet<EventId>,
}

/// Events for one stream, decided on so many before them.
type Part = (StreamId, usize, Vec<Event>);

impl Log {
    fn append(&mut self, parts: Vec<Part>) {
        let ids: Vec<_> = parts.iter().flat_map(|(_, _, events)| events).map(Event::id).collect();
        let fresh = ids.iter().all(|id| !self.ids.contains(id));
        if !fresh || parts.iter().any(|(stream, expected, _)| self.length(stream) != *expected) {
            return;
        }
        self.ids.extend(ids);
        for (stream, _, events) in parts {
            for event in events {
                self.streams.entry(stream.clone()).or_default().push(self.events.len());
                self.events.push(event);
            }
        }
    }

    fn length(&self, stream: &StreamId) -> usize {
        self.streams.get(stream).map_or(0, Vec::len)
    }

    fn read(&self, stream: &StreamId, until: usize) -> impl Iterator<Item = &Event> {
        self.streams.get(stream).into_iter().flatten().take(until).map(|at| &self.events[*at])
    }
}

/// A payments worker: it has seen so much of each stream.
#[derive(Clone, Default)]
struct Writer(BTreeMap<StreamId, usize>);

impl Writer {
    fn seen(&self, stream: &StreamId) -> usize {
        self.0.get(stream).copied().unwrap_or_default()
    }

    fn payment(&self, log: &Log, id: PaymentId) -> Payment {
        let stream = StreamId::payment(id);
        log.read(&stream, self.seen(&stream)).fold(Payment::default(), |payment, event| match event {
            Event::Payment(event) => payment.evolve(event),
            other @ (Event::Account(_) | Event::Credit(_) | Event::Idempotency(_)) => {
                panic!("{other:?} is of no payment")
            }
        })
    }

    fn credit(&self, log: &Log, id: CreditId) -> Credit {
        let stream = StreamId::credit(id);
        log.read(&stream, self.seen(&stream)).fold(Credit::default(), |credit, event| match event {
            Event::Credit(event) => credit.evolve(event),
            other @ (Event::Account(_) | Event::Payment(_) | Event::Idempotency(_)) => {
                panic!("{other:?} is of no credit")
            }
        })
    }

    fn part(&self, stream: StreamId, events: Vec<Event>) -> Part {
        let seen = self.seen(&stream);
        (stream, seen, events)
    }

    fn to_payment(&self, log: &mut Log, id: PaymentId, command: PaymentCommand) {
        let Ok(events) = payment::decide(&self.payment(log, id), command) else { return };
        let events: Vec<_> = events.into_iter().map(Event::from).collect();
        let voucher = issued(&events);
        log.append([vec![self.part(StreamId::payment(id), events)], voucher].concat());
    }

    fn to_credit(&self, log: &mut Log, id: CreditId, command: CreditCommand) {
        let Ok(events) = credit::decide(&self.credit(log, id), command) else { return };
        let events: Vec<_> = events.into_iter().map(Event::from).collect();
        let voucher = issued(&events);
        log.append([vec![self.part(StreamId::credit(id), events)], voucher].concat());
    }
}

/// The voucher that a refund becomes, in the same append.
fn issued(events: &[Event]) -> Vec<Part> {
    let refunded = events.iter().find_map(|event| match event.request() {
        Some(RequestEvent::Refunded(refunded)) => Some(refunded),
        Some(RequestEvent::Charged(_) | RequestEvent::Completed(_)) | None => None,
    });
    let Some(refunded) = refunded else { return vec![] };
    let issue = CreditCommand::Issue(Issue {
        credit: refunded.credit,
        account: refunded.account,
        request: refunded.request,
        amount: refunded.amount,
        hash: Some(KeyHash::NONE),
        now: at(1),
        expires_at: at(50),
    });
    let events = credit::decide(&Credit::default(), issue).unwrap();
    vec![(StreamId::credit(refunded.credit), 0, events.into_iter().map(Event::from).collect())]
}

#[derive(Clone, Debug)]
enum Step {
    CatchUp,
    Payment(u8, PaymentCommand),
    Credit(CreditId, CreditCommand),
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn payment_id(n: u8) -> PaymentId {
    PaymentId { chain: 8453, asset: Hex([1; 20]), payer: Hex([n; 20]), nonce: Hex([n; 32]) }
}

fn account(n: u8) -> AccountId {
    AccountId::of_payer(8453, Hex([n; 20]))
}

fn request() -> impl Strategy<Value = RequestId> {
    (0_u128..8).prop_map(|n| RequestId::from_uuid(Uuid::from_u128(n)))
}

fn amount() -> impl Strategy<Value = MicroUsd> {
    (1_u64..60).prop_map(|micro| MicroUsd::new(micro).unwrap())
}

fn by() -> impl Strategy<Value = Use> {
    let hash = prop_oneof![4 => Just("same"), 1 => Just("other")];
    (request(), hash).prop_map(|(request, hash)| Use { request, request_hash: hash.to_owned() })
}

fn complete(request: RequestId) -> Complete {
    Complete { request, status: 200, price: None, tokens: Tokens::default(), duration_ms: 1 }
}

const fn refund(request: RequestId) -> Refund {
    Refund { request, status: 502, reason: RefundReason::ToolFailed }
}

fn claim(n: u8, by: Use) -> PaymentCommand {
    PaymentCommand::Claim(Box::new(Claim {
        payment: payment_id(n),
        account: account(n),
        by,
        endpoint: "POST /x".into(),
        deadline: at(9),
        topup: None,
        authorization: SignedAuthorization {
            pay_to: Hex([9; 20]),
            value: MicroUsd::new(100).unwrap(),
            valid_after: 0,
            valid_before: 60,
            signature: HexBytes(vec![]),
            contract: false,
            version: 2,
            asset_name: "USD Coin".into(),
            asset_version: "2".into(),
            resource: "https://aipaygen.example/x".into(),
            max_timeout_s: 60,
        },
    }))
}

fn payment_step() -> impl Strategy<Value = Step> {
    let command = (0..3_u8, by(), any::<bool>(), 0..8_u8).prop_map(|(n, by, first, which)| {
        let command = match which {
            0 | 1 => claim(n, by),
            2 | 3 => PaymentCommand::Pay(Pay { by, deadline: at(9), transaction: Hex([n; 32]), block: None }),
            4 => {
                let evidence = if first { Evidence::Told } else { Evidence::Chain };
                PaymentCommand::Fail { reason: "no".into(), evidence }
            }
            5 => PaymentCommand::Doubt { reason: "no".into(), transaction: None },
            6 => PaymentCommand::Complete(complete(by.request)),
            _ => PaymentCommand::Refund(refund(by.request)),
        };
        (n, command)
    });
    command.prop_map(|(n, command)| Step::Payment(n, command))
}

fn credit_step() -> impl Strategy<Value = Step> {
    (request(), request(), amount(), 0..7_u8, 0..99_i64).prop_map(|(failed, request, amount, which, now)| {
        let command = match which {
            0..=2 => CreditCommand::Charge(Charge {
                hash: KeyHash::NONE,
                request,
                endpoint: "POST /y".into(),
                amount,
                deadline: at(9),
                now: at(now),
            }),
            3 => CreditCommand::Complete(complete(request)),
            4 => CreditCommand::Refund(refund(request)),
            5 => CreditCommand::Expire { now: at(now) },
            _ => CreditCommand::Code { hash: KeyHash::NONE, now: at(now) },
        };
        Step::Credit(CreditId::of_request(failed), command)
    })
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    (0..3_usize, prop_oneof![3 => Just(Step::CatchUp), 3 => payment_step(), 3 => credit_step()])
}

proptest! {
    #[test]
    fn what_strangers_pay_is_somewhere_at_every_position(steps in proptest::collection::vec(step(), 1..300)) {
        let mut log = Log::default();
        let mut writers = vec![Writer::default(); 3];
        for (writer, step) in steps {
            match step {
                Step::CatchUp => {
                    writers[writer] = Writer(log.streams.iter().map(|(s, at)| (s.clone(), at.len())).collect());
                }
                Step::Payment(n, command) => writers[writer].to_payment(&mut log, payment_id(n), command),
                Step::Credit(id, command) => writers[writer].to_credit(&mut log, id, command),
            }
        }
        let mut books = Books::default();
        for event in &log.events {
            books.post(event);
            books.check();
        }
        prop_assert_eq!(books.settled, books.charged_by_payment, "what settles is charged in the same append");
        prop_assert_eq!(books.passing, 0, "what is given back is on a voucher in the same append");
    }
}
