//! A chain of a test: it obeys each payment once, as a token does, and answers as the test has it answer.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aipaygen_events::{Hash, Hex};
use aipaygen_payments::{Admission, Settlement, Settles, Transfer, Truth};
use aipaygen_x402::{B256, Payment};
use async_trait::async_trait;

/// How whoever submits behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Submits {
    /// It moves the money and says so.
    Honestly,
    /// It moves the money, and its answer is lost.
    WithoutAnswer,
    /// It refuses, and moves nothing.
    Not,
    /// It refuses, and moves the money all the same.
    Lying,
    /// It cannot be reached.
    Nowhere,
}

/// See the module.
pub(crate) struct Chain {
    submits: Mutex<Submits>,
    /// Nonces that the token has obeyed.
    moved: Mutex<BTreeSet<B256>>,
    /// Whether the time of every payment is over and final.
    over: AtomicBool,
    /// How often anybody was asked to settle.
    pub(crate) asked: AtomicUsize,
}

pub(crate) const TRANSACTION: Hash = Hex([7; 32]);
const TRANSFER: Transfer = Transfer { transaction: B256::new(TRANSACTION.0), block: 12, is_final: true };

impl Chain {
    pub(crate) fn new(submits: Submits) -> Arc<Self> {
        let (over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
        Arc::new(Self { submits: Mutex::new(submits), moved: Mutex::default(), over, asked })
    }

    /// From now on.
    pub(crate) fn submit(&self, submits: Submits) {
        *self.submits.lock().unwrap() = submits;
    }

    /// Whoever has seen the payment submits it.
    pub(crate) fn obey(&self, payment: &Payment) {
        self.moved.lock().unwrap().insert(payment.nonce);
    }

    /// No payment can be obeyed any more.
    pub(crate) fn run_out(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    /// How many payments have moved money.
    pub(crate) fn transfers(&self) -> usize {
        self.moved.lock().unwrap().len()
    }

    fn has_moved(&self, payment: &Payment) -> bool {
        self.moved.lock().unwrap().contains(&payment.nonce)
    }
}

#[async_trait]
impl Settles for Chain {
    async fn admit(&self, payment: &Payment) -> Admission {
        if self.has_moved(payment) { Admission::Public } else { Admission::Admitted }
    }

    async fn settle(&self, payment: &Payment, _: u64) -> Settlement {
        self.asked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(5)).await;
        let submits = *self.submits.lock().unwrap();
        let unknown = |reason: &str| Settlement::Unknown { reason: reason.to_owned(), transaction: None };
        match submits {
            _ if self.over.load(Ordering::SeqCst) && !self.has_moved(payment) => unknown("late"),
            Submits::Nowhere => unknown("unreachable"),
            Submits::Not => Settlement::Failed { reason: "insufficient_funds".to_owned() },
            Submits::Honestly => {
                self.obey(payment);
                Settlement::Settled(TRANSFER)
            }
            Submits::WithoutAnswer => {
                self.obey(payment);
                unknown("answer_lost")
            }
            Submits::Lying => {
                self.obey(payment);
                Settlement::Failed { reason: "insufficient_funds".to_owned() }
            }
        }
    }

    async fn lookup(&self, payment: &Payment, _: u64) -> Truth {
        tokio::task::yield_now().await;
        if self.has_moved(payment) {
            Truth::Settled(TRANSFER)
        } else if self.over.load(Ordering::SeqCst) {
            Truth::Failed { reason: "expired_unsettled".to_owned() }
        } else {
            Truth::Open
        }
    }
}
