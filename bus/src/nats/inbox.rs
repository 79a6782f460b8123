//! Who awaits what: one subscription a process hears all that is meant for its requests and its work in parts,
//! and hands each word to whom it belongs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::wire::{Signal, Steering};
use crate::PARTS_IN_FLIGHT_MAX;

/// What else than parts a stream of signals can hold at once: the acceptance, and an end.
const SIGNALS_BESIDE_PARTS: usize = 3;

/// The requests that await something, and the work in parts that can be steered, each by its number.
#[derive(Default)]
pub(super) struct Inbox {
    next: AtomicU64,
    requests: Mutex<HashMap<u64, Waiting>>,
    works: Mutex<HashMap<u64, Arc<Flow>>>,
}

struct Waiting {
    by: By,
    /// Heartbeats of our own since anything was heard.
    silent_beats: u32,
    /// Whether the work is known to have begun.
    accepted: bool,
}

enum By {
    Reply(Option<oneshot::Sender<Signal>>),
    Parts(mpsc::Sender<Signal>),
}

/// How the requester of a reply in parts steers the work.
pub(super) struct Flow {
    /// Cancelled when nobody wants the rest.
    pub(super) cancelled: CancellationToken,
    /// The parts that may still be sent.
    pub(super) credit: Semaphore,
}

/// An address in the inbox, which lapses with this.
pub(super) struct Address {
    inbox: Arc<Inbox>,
    number: u64,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Request,
    Work,
}

impl Inbox {
    /// An address for one reply.
    pub(super) fn await_reply(self: &Arc<Self>) -> (Address, oneshot::Receiver<Signal>) {
        let (sender, receiver) = oneshot::channel();
        (self.await_by(By::Reply(Some(sender))), receiver)
    }

    /// An address for a reply in parts.
    pub(super) fn await_parts(self: &Arc<Self>) -> (Address, mpsc::Receiver<Signal>) {
        let (sender, receiver) = mpsc::channel(PARTS_IN_FLIGHT_MAX + SIGNALS_BESIDE_PARTS);
        (self.await_by(By::Parts(sender)), receiver)
    }

    /// An address for the steering of work.
    pub(super) fn steer(self: &Arc<Self>, flow: Arc<Flow>) -> Address {
        let address = self.address(Kind::Work);
        lock(&self.works).insert(address.number, flow);
        address
    }

    /// Hands a signal to the request of a number. False if nothing is awaited there any more.
    pub(super) fn signal(&self, number: u64, signal: Signal) -> bool {
        let mut requests = lock(&self.requests);
        let Some(waiting) = requests.get_mut(&number) else { return false };
        waiting.silent_beats = 0;
        if !waiting.takes(signal) {
            requests.remove(&number);
        }
        true
    }

    /// Hands the requester's wish to the work of a number.
    pub(super) fn steering(&self, number: u64, steering: Steering) {
        let flow = lock(&self.works).get(&number).cloned();
        match (flow, steering) {
            (Some(flow), Steering::Cancel) => flow.cancelled.cancel(),
            (Some(flow), Steering::Credit(parts)) => flow.credit.add_permits(parts.min(PARTS_IN_FLIGHT_MAX)),
            (None, Steering::Cancel | Steering::Credit(_)) => {}
        }
    }

    /// Counts one beat, and gives up those who have heard nothing for too many.
    pub(super) fn beat(&self, silent_beats_max: u32) {
        lock(&self.requests).retain(|_, waiting| {
            waiting.silent_beats += 1;
            waiting.silent_beats <= silent_beats_max || waiting.takes(Signal::Silent)
        });
    }

    /// Tells all who wait that the connection is down.
    pub(super) fn disconnected(&self) {
        lock(&self.requests).retain(|_, waiting| waiting.takes(Signal::Disconnected));
    }

    fn await_by(self: &Arc<Self>, by: By) -> Address {
        let address = self.address(Kind::Request);
        lock(&self.requests).insert(address.number, Waiting { by, silent_beats: 0, accepted: false });
        address
    }

    fn address(self: &Arc<Self>, kind: Kind) -> Address {
        Address { inbox: self.clone(), number: self.next.fetch_add(1, Ordering::Relaxed), kind }
    }
}

impl Waiting {
    /// Takes a signal, and says whether more may come after it.
    fn takes(&mut self, signal: Signal) -> bool {
        let working = matches!(signal, Signal::Working { .. });
        let more = working || matches!(signal, Signal::Piece { .. });
        match &mut self.by {
            By::Reply(_) if working => true,
            By::Reply(sender) => {
                // A requester that has stopped waiting needs no telling.
                let _ = sender.take().map(|sender| sender.send(signal));
                false
            }
            By::Parts(_) if working && std::mem::replace(&mut self.accepted, true) => true,
            // Nor does one that has stopped reading; more than there was credit for is refused.
            By::Parts(sender) => sender.try_send(signal).is_ok() && more,
        }
    }
}

impl Address {
    /// The last part of the subject.
    pub(super) fn token(&self) -> String {
        let letter = match self.kind {
            Kind::Request => REQUEST,
            Kind::Work => WORK,
        };
        format!("{letter}{:x}", self.number)
    }
}

impl Drop for Address {
    fn drop(&mut self) {
        match self.kind {
            Kind::Request => drop(lock(&self.inbox.requests).remove(&self.number)),
            Kind::Work => drop(lock(&self.inbox.works).remove(&self.number)),
        }
    }
}

const REQUEST: char = 'r';
const WORK: char = 'w';

/// Whose address a token is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Recipient {
    /// A request.
    Request(u64),
    /// A work in parts.
    Work(u64),
}

/// Reads what [`Address::token`] wrote.
pub(super) fn recipient(token: &str) -> Option<Recipient> {
    let number = |hex| u64::from_str_radix(hex, 16).ok();
    match token.strip_prefix(REQUEST) {
        Some(hex) => number(hex).map(Recipient::Request),
        None => number(token.strip_prefix(WORK)?).map(Recipient::Work),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
