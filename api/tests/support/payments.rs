//! Payments workers that say what a test wants, and remember what they were asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aipaygen_bus::commands::{
    Authorization, Authorize, Command, ENDS_QUEUE, End, EndHow, Ended, IssueKey, KEY_REVOKED, KeyIssuance,
    KeyRevocation, KeyRevokedNotice, NewKey, ReceiptKeySet, ReceiptKeys, RevokeKey, Settled, ToppedUp, Topup, decode,
    encode, payment_id,
};
use aipaygen_bus::{Done, Handler, Message, Request, ServeOptions, SharedBus, Work};
use aipaygen_events::account::RefundReason;
use aipaygen_events::api_key::ApiKey;
use aipaygen_events::credit::VoucherCode;
use aipaygen_events::{AccountId, CreditId, DepositId, Hex, MicroUsd, Purse};
use async_trait::async_trait;

/// What is said of a charge.
#[derive(Clone, Debug)]
pub(crate) enum Says {
    /// This.
    Answer(Authorization),
    /// Nothing, though it may have charged.
    Nothing,
    /// Nothing, since it fell over.
    Panic,
}

impl Says {
    pub(crate) fn charged() -> Self {
        Self::Answer(Authorization::Charged {
            receipt: Some("head.claims.signature".to_owned()),
            settled: None,
            remainder: None,
        })
    }
}

/// Scripted payments workers.
pub(crate) struct Payments {
    bus: SharedBus,
    says: Mutex<Says>,
    ends_answered: Mutex<bool>,
    asked: Mutex<Vec<Authorize>>,
    ended: Mutex<Vec<End>>,
    queued: Mutex<Vec<End>>,
    issued: Mutex<Vec<IssueKey>>,
    topped_up: Mutex<Vec<Topup>>,
}

impl Payments {
    pub(crate) async fn serve(bus: &SharedBus) -> Arc<Self> {
        let payments = Arc::new(Self {
            bus: bus.clone(),
            says: Mutex::new(Says::charged()),
            ends_answered: Mutex::new(true),
            asked: Mutex::default(),
            ended: Mutex::default(),
            queued: Mutex::default(),
            issued: Mutex::default(),
            topped_up: Mutex::default(),
        });
        let keys = [IssueKey::SUBJECT, RevokeKey::SUBJECT, ReceiptKeys::SUBJECT];
        for subject in keys.into_iter().chain([Authorize::SUBJECT, End::SUBJECT, Topup::SUBJECT]) {
            let options = ServeOptions { subject: subject.to_owned(), concurrency: 64 };
            bus.serve(options, Arc::new(At(subject, payments.clone()))).await.unwrap();
        }
        bus.work(ENDS_QUEUE, 8, payments.clone()).await.unwrap();
        payments
    }

    /// From now on.
    pub(crate) fn say(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// From now on no end is decided while somebody waits for it.
    pub(crate) fn leave_ends_open(&self) {
        *self.ends_answered.lock().unwrap() = false;
    }

    pub(crate) fn asked(&self) -> Vec<Authorize> {
        self.asked.lock().unwrap().clone()
    }

    /// Ends that somebody waited for.
    pub(crate) fn ended(&self) -> Vec<End> {
        self.ended.lock().unwrap().clone()
    }

    /// Ends from the queue.
    pub(crate) fn queued(&self) -> Vec<End> {
        self.queued.lock().unwrap().clone()
    }

    pub(crate) fn issued(&self) -> Vec<IssueKey> {
        self.issued.lock().unwrap().clone()
    }

    pub(crate) fn topped_up(&self) -> Vec<Topup> {
        self.topped_up.lock().unwrap().clone()
    }

    async fn authorize(&self, command: Authorize) -> Message {
        self.asked.lock().unwrap().push(command);
        let says = self.says.lock().unwrap().clone();
        match says {
            Says::Answer(authorization) => encode(&authorization),
            Says::Nothing => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                unreachable!("nobody waits for so long")
            }
            Says::Panic => panic!("fell over"),
        }
    }

    fn end(&self, command: End) -> Ended {
        if !*self.ends_answered.lock().unwrap() {
            return Ended::Unavailable;
        }
        self.ended.lock().unwrap().push(command.clone());
        match command.how {
            EndHow::Complete { price: paid, .. } => {
                Ended::Completed { price: paid.unwrap_or(MicroUsd::ZERO), receipt: "again".to_owned() }
            }
            EndHow::Refund { .. } => {
                let credit = CreditId::of_request(command.request);
                let voucher = match command.purse {
                    Purse::Account(_) => None,
                    Purse::Payment(_) | Purse::Voucher(_) => Some(VoucherCode::from_entropy(credit, &[5; 32])),
                };
                Ended::Refunded { credit, amount: price(), voucher }
            }
        }
    }

    fn issue(&self, command: IssueKey) -> KeyIssuance {
        let key = ApiKey::from_entropy(&[7; 44]);
        self.issued.lock().unwrap().push(command);
        KeyIssuance::Issued { key: key.id(), api_key: key.expose().to_owned() }
    }

    /// As if it had settled.
    fn top_up(&self, command: Topup) -> ToppedUp {
        let (payment, id) = (&command.payment, payment_id(&command.payment));
        let key = ApiKey::from_entropy(&[8; 44]);
        let made = NewKey { key: key.id(), api_key: key.expose().to_owned() };
        let amount = MicroUsd::new(payment.value).unwrap();
        let settled = Settled { network: id.network(), payer: id.payer, transaction: Hex([7; 32]), amount };
        let told = ToppedUp::Deposited {
            account: command.account.unwrap_or_else(|| AccountId::of_payer(id.chain, id.payer)),
            deposit: DepositId::from_uuid(uuid::Uuid::from_u128(1)),
            amount,
            settled,
            key: command.account.is_none().then_some(made),
        };
        self.topped_up.lock().unwrap().push(command);
        told
    }

    async fn revoke(&self, command: RevokeKey) -> KeyRevocation {
        self.bus.broadcast(KEY_REVOKED, encode(&KeyRevokedNotice { key: command.key })).await.unwrap();
        KeyRevocation::Revoked
    }
}

/// What every tool of the tests costs.
pub(crate) fn price() -> MicroUsd {
    MicroUsd::new(20_000).unwrap()
}

/// Why an end gives the money back, if it does.
pub(crate) fn reason(end: &End) -> Option<RefundReason> {
    match end.how {
        EndHow::Refund { reason } => Some(reason),
        EndHow::Complete { .. } => None,
    }
}

struct At(&'static str, Arc<Payments>);

#[async_trait]
impl Handler for At {
    async fn handle(&self, request: Request) -> Message {
        let (message, payments) = (request.message, &self.1);
        match self.0 {
            Authorize::SUBJECT => payments.authorize(decode(&message).unwrap()).await,
            Topup::SUBJECT => encode(&payments.top_up(decode(&message).unwrap())),
            End::SUBJECT => encode(&payments.end(decode(&message).unwrap())),
            IssueKey::SUBJECT => encode(&payments.issue(decode(&message).unwrap())),
            RevokeKey::SUBJECT => encode(&payments.revoke(decode(&message).unwrap()).await),
            _ => encode(&ReceiptKeySet { jwks: r#"{"keys":[]}"#.to_owned() }),
        }
    }
}

#[async_trait]
impl Work for Payments {
    async fn perform(&self, message: Message) -> Done {
        self.queued.lock().unwrap().push(decode(&message).unwrap());
        Done::Acknowledge
    }
}
