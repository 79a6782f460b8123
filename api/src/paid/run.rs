//! The work itself: the caller's bytes to the tool's worker and its answer back, within the tool's deadline.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use aipaygen_bus::tool::{ToolOutcome, ToolRequest, Used, run_subject};
use aipaygen_bus::{Message, RequestError};
use aipaygen_events::MicroUsd;
use aipaygen_events::account::RefundReason;
use bytes::Bytes;
use futures::FutureExt;
use serde_json::{Map, Value};

use super::Order;
use crate::ingress::Ingress;
use crate::problem::Kind;

/// How the work went.
pub(super) enum Outcome {
    /// An answer for the caller.
    Answered {
        body: Bytes,
        used: Used,
        /// What it costs, where that is not what was charged or what the meter says.
        cost: Option<MicroUsd>,
    },
    /// The input is refused.
    Rejected(Kind),
    /// It failed on our side.
    Failed { kind: Kind, reason: RefundReason },
}

/// Has the work done. Whatever happens is an outcome, a panic in here too.
pub(super) async fn run(ingress: &Ingress, order: &Order) -> Outcome {
    let work = async {
        match (&order.errand, &order.plan) {
            (Some(errand), _) => errand.run(ingress, order).await,
            (None, Some(plan)) => plan.run(ingress, order).await,
            (None, None) => run_tool(ingress, order).await,
        }
    };
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or(Outcome::Failed { kind: Kind::Internal, reason: RefundReason::IngressFailed })
}

async fn run_tool(ingress: &Ingress, order: &Order) -> Outcome {
    let deadline = Instant::now() + order.offer.timeout;
    let subject = run_subject(&order.offer.queue);
    let work = order.call().send(ingress.bus.as_ref(), &subject, deadline);
    match work.await {
        Ok(outcome) => of_worker(outcome),
        Err(error) => {
            ingress.overload.learn(&order.offer.queue, &error);
            of_bus(ingress, &error)
        }
    }
}

impl Order {
    /// The call as the bus carries it.
    pub(super) fn call(&self) -> ToolRequest {
        ToolRequest {
            tool: self.offer.tool.clone(),
            request: self.request,
            traceparent: self.input.traceparent.clone(),
            body: self.input.body.clone(),
        }
    }
}

fn of_worker(outcome: ToolOutcome) -> Outcome {
    match outcome {
        ToolOutcome::Answered { body, tokens, model } => {
            Outcome::Answered { body, used: Used { tokens, model }, cost: None }
        }
        ToolOutcome::Rejected { status, code, body } => Outcome::Rejected(rejection(status, code, &body)),
        ToolOutcome::Failed => Outcome::Failed { kind: Kind::ToolFailed, reason: RefundReason::ToolFailed },
        ToolOutcome::Upstream { status, code, body } => {
            Outcome::Failed { kind: upstream(status, code, &body), reason: RefundReason::ToolFailed }
        }
    }
}

/// The reply that ends an answer which came bit by bit.
pub(super) fn of_reply(reply: Message) -> Outcome {
    of_worker(ToolOutcome::from_message(reply).unwrap_or(ToolOutcome::Failed))
}

/// A fault of the bus.
pub(super) fn of_bus(ingress: &Ingress, error: &RequestError) -> Outcome {
    let kind = refused_by_the_bus(ingress, error);
    let reason = match error {
        RequestError::NoResponders { .. } => RefundReason::NoWorker,
        RequestError::Busy { .. } => RefundReason::Overloaded,
        RequestError::DeadlineExceeded { .. } | RequestError::Disconnected => RefundReason::WorkerLost,
        RequestError::HandlerFailed { .. } => RefundReason::WorkerLost,
        RequestError::TooLarge { .. } => return Outcome::Rejected(kind),
    };
    Outcome::Failed { kind, reason }
}

/// What a caller is told of a fault of the bus.
pub(super) fn refused_by_the_bus(ingress: &Ingress, error: &RequestError) -> Kind {
    let retry_after_s = ingress.settings.retry_after_s;
    match error {
        RequestError::NoResponders { .. } => Kind::Unavailable { retry_after_s },
        RequestError::Busy { .. } => Kind::Overloaded { retry_after_s },
        RequestError::DeadlineExceeded { .. } => Kind::ToolTimeout,
        RequestError::HandlerFailed { .. } => Kind::ToolFailed,
        RequestError::TooLarge { bytes_max, .. } => Kind::BodyTooLarge { bytes_max: *bytes_max },
        RequestError::Disconnected => Kind::Unavailable { retry_after_s },
    }
}

/// A worker's refusal, in its words; they are for the caller and for nobody else.
pub(super) fn rejection(status: u16, code: String, body: &[u8]) -> Kind {
    Kind::Rejected { status, code, members: members(body) }
}

/// What a worker says of somebody whom it depends on; also for the caller and for nobody else.
pub(super) fn upstream(status: u16, code: String, body: &[u8]) -> Kind {
    Kind::Upstream { status, code, members: members(body) }
}

fn members(body: &[u8]) -> Box<Map<String, Value>> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Box::new(members),
        Ok(_) | Err(_) => Box::default(),
    }
}
