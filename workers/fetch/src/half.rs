//! The other half of the worker, wherever it is: a process of its own, or this one (in tests).

use std::sync::Arc;
use std::time::Instant;

use aipaygen_apart::{Parent, Subjects};
use aipaygen_bus::{Message, Request};
use tokio_util::sync::CancellationToken;

/// Answers calls by subject.
#[derive(Clone)]
pub(crate) enum Half {
    Here(Arc<Subjects>),
    Apart(Parent),
}

impl Half {
    /// The reply; `None` if there is none before the deadline.
    pub(crate) async fn call(&self, subject: &'static str, message: Message, deadline: Instant) -> Option<Message> {
        let request = Request { message, deadline, cancelled: CancellationToken::new(), parts: None };
        let reply = async {
            match self {
                Self::Here(subjects) => Some(subjects.get(subject)?.handle(request).await),
                Self::Apart(parent) => parent.call(subject, request).await,
            }
        };
        tokio::time::timeout_at(deadline.into(), reply).await.ok()?
    }

    /// Gives up whatever is in it.
    pub(crate) fn abandon(&self) {
        match self {
            Self::Here(_) => {}
            Self::Apart(parent) => parent.abandon(),
        }
    }
}
