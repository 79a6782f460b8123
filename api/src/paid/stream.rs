//! Work whose answer comes bit by bit. Until the first bit it may still be any answer; from then on it is a stream,
//! which ends in what it cost, or in what went wrong and the credit for it.
//!
//! The task that hands the bits over holds the charge. A caller who leaves is noticed when a bit or a heartbeat
//! cannot be handed over: the work is stopped, and what was produced is paid.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::http::header;
use aipaygen_bus::tool::{ToolPiece, Used, run_subject};
use aipaygen_bus::{Part, Parts};
use aipaygen_events::account::RefundReason;
use bytes::Bytes;
use futures::FutureExt;
use tokio::sync::mpsc;

use super::answer::{Paid, Replay};
use super::charge::Authorized;
use super::held::Charge;
use super::run::{Outcome, of_bus, of_reply};
use super::terms::{Meter, Terms};
use super::{Order, Settlement, frames, settle};
use crate::face::Face;
use crate::ingress::Ingress;
use crate::observe;
use crate::problem::{self, Kind, Problem};

/// How many frames may be ahead of the caller.
const FRAMES_AHEAD: usize = 4;

/// What is answered: bit by bit, or at once after all.
pub(super) enum Streamed {
    Bits { frames: mpsc::Receiver<Bytes>, settlement: Option<Settlement> },
    Whole(Paid),
}

/// What entitles the bits to be handed over.
enum Title {
    Charged(Charge),
    Replay(Replay),
}

/// The task that hands the bits over.
struct Pump {
    ingress: Arc<Ingress>,
    order: Order,
    terms: Terms,
    title: Title,
    parts: Parts,
    face: Face,
    frames: mpsc::Sender<Bytes>,
    /// What has been produced until now.
    used: Used,
}

impl Streamed {
    pub(super) fn into_response(self) -> HttpResponse {
        match self {
            Self::Whole(paid) => paid.into_response(),
            Self::Bits { frames, settlement } => {
                let frames = futures::stream::unfold(frames, |mut frames| async move {
                    let frame = frames.recv().await?;
                    Some((Ok::<_, std::convert::Infallible>(frame), frames))
                });
                let mut response = HttpResponse::Ok()
                    .insert_header((header::CONTENT_TYPE, "text/event-stream"))
                    .insert_header((header::CACHE_CONTROL, "private, no-store"))
                    // For a proxy that would gather the bits.
                    .insert_header(("x-accel-buffering", "no"))
                    .streaming(frames);
                settlement.iter().for_each(|settlement| settlement.set_header(response.headers_mut()));
                response
            }
        }
    }
}

/// Begins the work of a request that is paid, and has the rest of it done by a task of its own.
pub(super) async fn begin(
    ingress: Arc<Ingress>,
    order: Order,
    terms: Terms,
    authorized: Authorized,
) -> Result<Streamed, Problem> {
    let title = match authorized {
        Authorized::Charged(charge) => Title::Charged(charge),
        Authorized::Replay(replay) => Title::Replay(replay),
    };
    let deadline = Instant::now() + order.offer.timeout;
    let subject = run_subject(&order.offer.queue);
    let asked = order.call().send_for_parts(ingress.bus.as_ref(), &subject, deadline).await;
    let mut parts = match asked {
        Ok(parts) => parts,
        Err(error) => {
            ingress.overload.learn(&order.offer.queue, &error);
            return whole(&ingress, title, &terms, of_bus(&ingress, &error)).await;
        }
    };
    let first = match parts.receiver.recv().await {
        Some(Part::Piece(piece)) => piece,
        Some(Part::End(Ok(reply))) => return whole(&ingress, title, &terms, of_reply(reply)).await,
        Some(Part::End(Err(error))) => return whole(&ingress, title, &terms, of_bus(&ingress, &error)).await,
        None => return whole(&ingress, title, &terms, lost()).await,
    };
    let (frames, receiver) = mpsc::channel(FRAMES_AHEAD);
    let settlement = match &title {
        Title::Charged(charge) => charge.paid.settlement.clone(),
        Title::Replay(replay) => replay.settlement(),
    };
    let face = Face::of_path(&order.offer.path);
    let pump = Pump { ingress: ingress.clone(), order, terms, title, parts, face, frames, used: Used::default() };
    // A panic drops the charge, which gives it back.
    let work = AssertUnwindSafe(pump.run(first)).catch_unwind();
    ingress.lasting.tasks.spawn_on(work, &ingress.lasting.runtime);
    Ok(Streamed::Bits { frames: receiver, settlement })
}

async fn whole(ingress: &Ingress, title: Title, terms: &Terms, outcome: Outcome) -> Result<Streamed, Problem> {
    match title {
        Title::Charged(charge) => settle::settle(ingress, charge, terms, outcome).await.map(Streamed::Whole),
        Title::Replay(replay) => replay.answer(outcome).map(Streamed::Whole),
    }
}

fn lost() -> Outcome {
    Outcome::Failed { kind: Kind::ToolFailed, reason: RefundReason::WorkerLost }
}

impl Pump {
    async fn run(mut self, first: Bytes) {
        let heartbeat = Duration::from_millis(self.ingress.settings.stream_heartbeat_ms);
        let mut next = Some(Part::Piece(first));
        let outcome = loop {
            match next {
                Some(Part::Piece(piece)) => {
                    let Some(piece) = ToolPiece::from_bytes(&piece) else { break lost() };
                    self.used = piece.used;
                    if self.frames.send(frames::bit(self.face, &piece.body)).await.is_err() {
                        return self.left();
                    }
                }
                Some(Part::End(Ok(reply))) => break of_reply(reply),
                Some(Part::End(Err(error))) => break of_bus(&self.ingress, &error),
                None => break lost(),
            }
            next = loop {
                tokio::select! {
                    biased;
                    part = self.parts.receiver.recv() => break part,
                    () = self.frames.closed() => return self.left(),
                    () = tokio::time::sleep(heartbeat) => {
                        if self.frames.send(frames::HEARTBEAT).await.is_err() {
                            return self.left();
                        }
                    }
                }
            };
        };
        self.finish(outcome).await;
    }

    /// The caller has gone: the work is stopped, and what was produced is paid.
    fn left(self) {
        drop(self.parts);
        match self.title {
            Title::Charged(charge) => {
                let meter = Meter::read(&self.ingress.catalog, &self.used);
                charge.complete(observe::CALLER_GONE, self.terms.price(meter.as_ref()), self.used.tokens);
            }
            Title::Replay(_) => {}
        }
    }

    async fn finish(self, outcome: Outcome) {
        let Self { ingress, order, terms, title, face, frames, .. } = self;
        let frame = match (title, outcome) {
            (Title::Charged(charge), Outcome::Answered { body, used, cost }) => {
                let (earned, meter) = settle::earn(&ingress, charge, &terms, &used, cost).await;
                frames::end(face, &body, frames::money(&earned, terms.pricing, meter.as_ref()))
            }
            (Title::Replay(replay), Outcome::Answered { body, .. }) => {
                frames::end(face, &body, serde_json::json!({ "replay_of": replay.of(), "request_id": order.request }))
            }
            (title, failed) => {
                let failed = whole(&ingress, title, &terms, failed).await;
                let problem = failed.err().unwrap_or_else(|| Kind::Internal.into());
                let said = problem::said(&problem, order.request, ingress.gate.problem_types(), face);
                frames::failure(face, &said)
            }
        };
        // Whoever has gone by now has paid for the whole, or was given it back.
        let _ = frames.send(frame).await;
    }
}
