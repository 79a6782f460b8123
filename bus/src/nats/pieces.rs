//! The worker's side of a reply in parts: sends them as fast as the requester takes them, and stops when it
//! has gone.

use std::sync::Arc;
use std::time::Instant;

use async_nats::{HeaderMap, Subject};
use bytes::Bytes;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::inbox::Flow;
use super::link::Link;
use super::wire;
use crate::{Handler, Message, PARTS_IN_FLIGHT_MAX, Request, work};

/// Does the work and sends its parts. Returns how many were sent, and the reply that ends them.
pub(super) async fn work(
    link: &Link,
    requester: &Subject,
    (message, deadline, handler): (Message, Instant, Arc<dyn Handler>),
) -> (u64, Option<Message>) {
    let flow = Arc::new(Flow { cancelled: CancellationToken::new(), credit: Semaphore::new(PARTS_IN_FLIGHT_MAX) });
    let address = link.inbox.steer(flow.clone());
    let control = link.subject(&address);
    let _beating = link.pulse.begin(requester.clone(), Some(control.clone()));
    // "Begun, and this is where to steer it." Unheard, it is repeated by the pulse.
    let _ = link.send(requester.clone(), Some(control), wire::working_headers(), Bytes::new()).await;

    let (pieces, produced) = mpsc::channel(1);
    let request = Request { message, deadline, cancelled: flow.cancelled.clone(), parts: Some(pieces) };
    let finished = CancellationToken::new();
    let working = async {
        let reply = work::handle(handler, request).await;
        finished.cancel();
        reply
    };
    let sending = Sending { link, requester, flow: &flow, sequence: 0 };
    let (reply, sent) = tokio::join!(working, sending.run(produced, &finished));
    match sent {
        Ok(parts) => (parts, reply),
        Err(Stopped { after }) => (after, None),
    }
}

struct Sending<'a> {
    link: &'a Link,
    requester: &'a Subject,
    flow: &'a Flow,
    sequence: u64,
}

/// The parts came to an end before the work did.
struct Stopped {
    after: u64,
}

impl Sending<'_> {
    async fn run(
        mut self,
        mut produced: mpsc::Receiver<Bytes>,
        finished: &CancellationToken,
    ) -> Result<u64, Stopped> {
        loop {
            let piece = tokio::select! {
                biased;
                piece = produced.recv() => piece,
                // A sender that the handler left behind somewhere must not keep the reply from ending.
                () = finished.cancelled(), if !produced.is_closed() => {
                    produced.close();
                    continue;
                }
            };
            let Some(piece) = piece else { return Ok(self.sequence) };
            if !self.send(piece).await {
                return Err(self.stop());
            }
            self.sequence += 1;
        }
    }

    /// Sends a part as soon as there is credit for it. False if it cannot be carried, or nobody wants it.
    async fn send(&self, piece: Bytes) -> bool {
        let headers: HeaderMap = wire::piece_headers(self.sequence);
        if self.link.check_size(&headers, &piece).is_err() {
            return false;
        }
        let credit = self.flow.cancelled.run_until_cancelled(self.flow.credit.acquire()).await;
        let Some(Ok(credit)) = credit else { return false };
        credit.forget();
        self.link.send(self.requester.clone(), None, headers, piece).await.is_ok()
    }

    fn stop(&self) -> Stopped {
        self.flow.cancelled.cancel();
        Stopped { after: self.sequence }
    }
}
