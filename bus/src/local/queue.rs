//! The durable queues' stand-in within one process: the same rules, kept in memory.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{Done, Message, Settings, Work, work};

/// The queues of a process, by name.
pub(super) struct Queues {
    settings: Arc<Settings>,
    queues: Mutex<HashMap<String, Arc<Queue>>>,
}

/// Messages that wait for a worker, or for the end of a pause.
pub(super) struct Queue {
    settings: Arc<Settings>,
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Item>,
    /// Not acknowledged yet, wherever they are.
    messages: u64,
    bytes: u64,
    seen: HashSet<String>,
    seen_in_order: VecDeque<(Instant, String)>,
}

struct Item {
    message: Message,
    attempts: u64,
}

/// The queue holds as much as it may.
#[derive(Debug, thiserror::Error)]
#[error("the queue is full")]
pub(super) struct Full;

impl Queues {
    /// No queues yet.
    pub(super) fn new(settings: &Settings) -> Self {
        Self { settings: Arc::new(settings.clone()), queues: Mutex::default() }
    }

    /// The queue of a name, made when it is first named.
    pub(super) fn named(&self, name: &str) -> Arc<Queue> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Queue { settings: self.settings.clone(), state: Mutex::default(), arrived: Notify::new() };
        queues.entry(name.to_owned()).or_insert_with(|| Arc::new(new())).clone()
    }
}

impl Queue {
    /// Takes a message, unless it has seen its id of late.
    pub(super) fn push(&self, id: &str, message: Message) -> Result<(), Full> {
        let mut state = self.state();
        state.forget_before(Instant::now().checked_sub(Duration::from_millis(self.settings.duplicate_window_ms)));
        if state.seen.contains(id) {
            return Ok(());
        }
        state.admit(&message, &self.settings)?;
        state.seen.insert(id.to_owned());
        state.seen_in_order.push_back((Instant::now(), id.to_owned()));
        state.ready.push_back(Item { message, attempts: 0 });
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    async fn next(&self) -> Item {
        loop {
            let arrived = self.arrived.notified();
            let item = self.state().ready.pop_front();
            match item {
                Some(item) => return item,
                None => arrived.await,
            }
        }
    }

    async fn attempt(self: Arc<Self>, worker: Arc<dyn Work>, mut item: Item) {
        item.attempts += 1;
        match work::perform(worker, item.message.clone()).await {
            Done::Acknowledge => self.state().release(&item.message),
            Done::Retry => self.put_back_later(item),
        }
    }

    /// Not the worker's task any more: the pause must not hold up its drain.
    fn put_back_later(self: Arc<Self>, item: Item) {
        tokio::spawn(async move {
            tokio::time::sleep(self.settings.retry_pause(item.attempts)).await;
            self.put_back(item);
        });
    }

    fn put_back(&self, item: Item) {
        self.state().ready.push_back(item);
        self.arrived.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn admit(&mut self, message: &Message, settings: &Settings) -> Result<(), Full> {
        let bytes = self.bytes.saturating_add(message.wire_bytes() as u64);
        if self.messages >= settings.queue_messages_max || bytes > settings.queue_bytes_max {
            return Err(Full);
        }
        self.messages += 1;
        self.bytes = bytes;
        Ok(())
    }

    fn release(&mut self, message: &Message) {
        self.messages -= 1;
        self.bytes -= message.wire_bytes() as u64;
    }

    fn forget_before(&mut self, start: Option<Instant>) {
        let Some(start) = start else { return };
        while self.seen_in_order.front().is_some_and(|(at, _)| *at < start) {
            if let Some((_, id)) = self.seen_in_order.pop_front() {
                self.seen.remove(&id);
            }
        }
    }
}

/// Works on the queue until `stop`, then finishes what was begun.
pub(super) async fn work(queue: Arc<Queue>, concurrency: usize, worker: Arc<dyn Work>, stop: CancellationToken) {
    let permits = Arc::new(Semaphore::new(concurrency));
    let running = TaskTracker::new();
    while let Some(Ok(permit)) = stop.run_until_cancelled(permits.clone().acquire_owned()).await {
        let Some(item) = stop.run_until_cancelled(queue.next()).await else { break };
        let attempt = queue.clone().attempt(worker.clone(), item);
        running.spawn(async move {
            attempt.await;
            drop(permit);
        });
    }
    running.close();
    running.wait().await;
}
