//! Whether the tool's worker would take the input: asked before the charge, so that a refusal costs nothing and
//! leaves no trace in the books.

use std::time::{Duration, Instant};

use aipaygen_bus::tool::{ToolOutcome, check_subject};

use super::Order;
use super::run::{refused_by_the_bus, rejection, upstream};
use super::terms::Quote;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

/// Asks, if the tool wants to be asked. A worker that has a model answer tells the most that this may use.
pub(super) async fn check(ingress: &Ingress, order: &Order) -> Result<Option<Quote>, Problem> {
    if !order.offer.check {
        return Ok(None);
    }
    let deadline = Instant::now() + Duration::from_millis(ingress.settings.check_timeout_ms);
    let subject = check_subject(&order.offer.queue);
    match order.call().send(ingress.bus.as_ref(), &subject, deadline).await {
        Ok(ToolOutcome::Answered { tokens, model, .. }) => Ok(model.map(|model| Quote { model, tokens })),
        Ok(ToolOutcome::Rejected { status, code, body }) => Err(rejection(status, code, &body).into()),
        Ok(ToolOutcome::Failed) => Err(Kind::ToolFailed.into()),
        Ok(ToolOutcome::Upstream { status, code, body }) => Err(upstream(status, code, &body).into()),
        Err(error) => {
            ingress.overload.learn(&order.offer.queue, &error);
            Err(refused_by_the_bus(ingress, &error).into())
        }
    }
}
