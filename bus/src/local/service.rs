//! Who serves which subject, and how many requests each of them may still take.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::{Handler, Message, Request, RequestError, ServeOptions, work};

/// The queue groups of a process, by subject.
#[derive(Default)]
pub(super) struct Services {
    groups: RwLock<HashMap<String, Arc<Group>>>,
}

/// The members that share a subject, and whose turn it is. A group is replaced, never changed.
struct Group {
    members: Vec<Arc<Member>>,
    turn: AtomicUsize,
}

struct Member {
    handler: Arc<dyn Handler>,
    permits: Arc<Semaphore>,
    running: TaskTracker,
}

/// A member with room for one request more, which is ours.
pub(super) struct Seat {
    member: Arc<Member>,
    permit: OwnedSemaphorePermit,
    running: TaskTrackerToken,
}

/// How a member leaves its group.
pub(super) struct Membership {
    services: Arc<Services>,
    subject: String,
    member: Arc<Member>,
}

impl Services {
    /// A seat for one request, at the next member that has one.
    pub(super) fn seat(&self, subject: &str) -> Result<Seat, RequestError> {
        let group = self.groups.read().unwrap_or_else(PoisonError::into_inner).get(subject).cloned();
        let group = group.ok_or_else(|| RequestError::NoResponders { subject: subject.to_owned() })?;
        let turn = group.turn.fetch_add(1, Ordering::Relaxed);
        (0..group.members.len())
            .map(|offset| &group.members[turn.wrapping_add(offset) % group.members.len()])
            .find_map(Member::seat)
            .ok_or_else(|| RequestError::Busy { subject: subject.to_owned() })
    }

    /// Adds a member to the group of a subject.
    pub(super) fn join(self: &Arc<Self>, options: &ServeOptions, handler: Arc<dyn Handler>) -> Membership {
        let member = Arc::new(Member {
            handler,
            permits: Arc::new(Semaphore::new(options.concurrency)),
            running: TaskTracker::new(),
        });
        self.replace(&options.subject, |members| members.push(member.clone()));
        Membership { services: self.clone(), subject: options.subject.clone(), member }
    }

    fn replace(&self, subject: &str, change: impl FnOnce(&mut Vec<Arc<Member>>)) {
        let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        let mut members = groups.remove(subject).map(|group| group.members.clone()).unwrap_or_default();
        change(&mut members);
        if !members.is_empty() {
            groups.insert(subject.to_owned(), Arc::new(Group { members, turn: AtomicUsize::new(0) }));
        }
    }
}

impl Member {
    fn seat(self: &Arc<Self>) -> Option<Seat> {
        // In this order: a drain closes the permits first and waits for the tokens then.
        let running = self.running.token();
        let permit = self.permits.clone().try_acquire_owned().ok()?;
        Some(Seat { member: self.clone(), permit, running })
    }
}

impl Seat {
    /// Starts the work, which goes on when nobody awaits the reply any more. No reply if the handler panicked.
    pub(super) async fn start(self, message: Message, deadline: Instant) -> Option<Message> {
        self.spawn(message, deadline, CancellationToken::new(), None).await.ok()
    }

    /// The same for a reply in parts.
    pub(super) fn spawn(
        self,
        message: Message,
        deadline: Instant,
        cancelled: CancellationToken,
        parts: Option<mpsc::Sender<Bytes>>,
    ) -> oneshot::Receiver<Message> {
        let (reply, replied) = oneshot::channel();
        let Self { member, permit, running } = self;
        let work = work::handle(member.handler.clone(), Request { message, deadline, cancelled, parts });
        tokio::spawn(async move {
            let outcome = work.await;
            // The seat is free before the requester hears of it, or its next request could find us busy.
            drop(permit);
            if let Some(message) = outcome {
                // Nobody has to wait for it any more.
                let _ = reply.send(message);
            }
            drop(running);
        });
        replied
    }
}

impl Membership {
    /// Takes no more and returns when all that was taken is answered.
    pub(super) async fn drained(self) {
        self.services.replace(&self.subject, |members| members.retain(|other| !Arc::ptr_eq(other, &self.member)));
        // A request that found us in the group a moment ago has its seat by now, or gets none.
        self.member.permits.close();
        self.member.running.close();
        self.member.running.wait().await;
    }
}
