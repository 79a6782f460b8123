//! The worker's side: takes requests as a member of a queue group, and answers them.

use std::sync::Arc;
use std::time::Instant;

use async_nats::{HeaderMap, Subject, Subscriber};
use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::link::{Link, failed};
use super::pieces;
use super::wire::{self, Asked};
use crate::{BusError, Handler, Message, Request, ServeOptions, Serving, work};

/// "As many messages as there can be." Ten digits and more are no number to the server, which then stops at
/// once, while our client goes on to hand over what was already on its way. Its own `drain` does not: it drops
/// what arrives before the server has taken note.
const UNSUBSCRIBE_AND_KEEP_HEARING: u64 = u64::MAX;

struct Service {
    link: Arc<Link>,
    handler: Arc<dyn Handler>,
    permits: Arc<Semaphore>,
    running: TaskTracker,
}

/// Joins the queue group of a subject. When this returns the server knows of it.
pub(super) async fn serve(
    link: Arc<Link>,
    options: ServeOptions,
    handler: Arc<dyn Handler>,
    stop: CancellationToken,
) -> Result<Serving, BusError> {
    let ServeOptions { subject, concurrency } = options;
    let requests = link.client.queue_subscribe(subject.clone(), subject).await.map_err(failed)?;
    link.round_trip().await.map_err(failed)?;
    let permits = Arc::new(Semaphore::new(concurrency));
    let service = Arc::new(Service { link, handler, permits, running: TaskTracker::new() });
    let done = tokio::spawn(service.run(requests, stop.clone()));
    Ok(Serving { stop, done })
}

impl Service {
    async fn run(self: Arc<Self>, mut requests: Subscriber, stop: CancellationToken) {
        let mut stopped = std::pin::pin!(stop.cancelled());
        loop {
            tokio::select! {
                biased;
                () = &mut stopped => break,
                request = requests.next() => match request {
                    Some(request) => self.take(request).await,
                    None => break,
                },
            }
        }
        self.leave(&mut requests).await;
        self.running.close();
        self.running.wait().await;
    }

    /// Takes what the server has given us up to the moment when it knows that we have gone.
    async fn leave(self: &Arc<Self>, requests: &mut Subscriber) {
        // A connection that is closed has nothing on its way.
        let _ = requests.unsubscribe_after(UNSUBSCRIBE_AND_KEEP_HEARING).await;
        let mut noted = std::pin::pin!(self.link.round_trip());
        loop {
            tokio::select! {
                biased;
                request = requests.next() => match request {
                    Some(request) => self.take(request).await,
                    None => return,
                },
                _ = &mut noted => break,
            }
        }
        while let Some(Some(request)) = requests.next().now_or_never() {
            self.take(request).await;
        }
    }

    async fn take(self: &Arc<Self>, message: async_nats::Message) {
        let Some(requester) = message.reply.clone() else { return };
        match (self.permits.clone().try_acquire_owned(), wire::asked(message)) {
            (Ok(permit), Some(asked)) => {
                self.running.spawn(self.clone().answer(requester, asked, permit));
            }
            (Err(_), Some(_)) => self.tell(requester, wire::busy_headers()).await,
            (Ok(_) | Err(_), None) => self.tell(requester, wire::failed_headers()).await,
        }
    }

    async fn answer(self: Arc<Self>, requester: Subject, asked: Asked, permit: OwnedSemaphorePermit) {
        let Asked { message, deadline, in_parts } = asked;
        let (sequence, reply) = if in_parts {
            let begin = (message, deadline, self.handler.clone());
            let (parts, reply) = pieces::work(&self.link, &requester, begin).await;
            (Some(parts), reply)
        } else {
            (None, self.work(&requester, message, deadline).await)
        };
        // The seat is free before the requester hears of it, or its next request could find us busy.
        drop(permit);
        self.reply(requester, sequence, reply).await;
    }

    async fn work(&self, requester: &Subject, message: Message, deadline: Instant) -> Option<Message> {
        let _beating = self.link.pulse.begin(requester.clone(), None);
        let request = Request { message, deadline, cancelled: CancellationToken::new(), parts: None };
        work::handle(self.handler.clone(), request).await
    }

    /// A reply that the server would not carry is no reply.
    async fn reply(&self, requester: Subject, sequence: Option<u64>, reply: Option<Message>) {
        let carried = reply
            .map(|reply| (wire::reply_headers(&reply.headers, sequence), reply.payload))
            .filter(|(headers, payload)| self.link.check_size(headers, payload).is_ok());
        let (headers, payload) = carried.unwrap_or_else(|| (wire::failed_headers(), Bytes::new()));
        // The requester's own connection tells it when ours is down.
        let _ = self.link.send(requester, None, headers, payload).await;
    }

    async fn tell(&self, requester: Subject, headers: HeaderMap) {
        // As above.
        let _ = self.link.send(requester, None, headers, Bytes::new()).await;
    }
}
