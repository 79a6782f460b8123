//! Errands for others of us, handed over to the process that does them: URLs to be judged, APIs to be called, webhooks
//! to be delivered to. What a command brings sealed is not opened here.

use std::sync::Arc;

use aipaygen_bus::commands::{Command, decode, encode};
use aipaygen_bus::outbound::{CallApi, Deliver, JudgeUrl, Judged, SealingKey, SealingKeyOf};
use aipaygen_bus::tool::ToolOutcome;
use aipaygen_bus::{Handler, Message, Request};
use async_trait::async_trait;
use uuid::Uuid;

use super::desk::Desk;
use crate::process::{CALL_API, DELIVER, JUDGE, Judge, SEALING_KEY};

/// What is served, by subject. Commands with something sealed have subjects of this worker alone.
pub(super) fn handlers(desk: &Arc<Desk>) -> Vec<(String, Arc<dyn Handler>)> {
    let worker = Uuid::now_v7().simple().to_string();
    let over = |subject| -> Arc<dyn Handler> { Arc::new(HandOver { desk: Arc::clone(desk), subject }) };
    vec![
        (CallApi::SUBJECT.to_owned(), over(CALL_API)),
        (CallApi::subject(&worker), over(CALL_API)),
        (Deliver::subject(&worker), over(DELIVER)),
        (JudgeUrl::SUBJECT.to_owned(), Arc::new(Judging(Arc::clone(desk)))),
        (SealingKey::SUBJECT.to_owned(), Arc::new(Key { desk: Arc::clone(desk), worker })),
    ]
}

/// Hands a message over as it is, and its reply back.
struct HandOver {
    desk: Arc<Desk>,
    subject: &'static str,
}

/// Judges a URL.
struct Judging(Arc<Desk>);

/// Says with which key something is sealed for this worker.
struct Key {
    desk: Arc<Desk>,
    worker: String,
}

#[async_trait]
impl Handler for HandOver {
    async fn handle(&self, request: Request) -> Message {
        // An empty message is no reply, so that the requester is told that the worker failed.
        self.desk.fetches.call(self.subject, request.message, request.deadline).await.unwrap_or_default()
    }
}

#[async_trait]
impl Handler for Judging {
    async fn handle(&self, request: Request) -> Message {
        let Some(JudgeUrl { url }) = decode(&request.message) else { return Message::default() };
        let judge = encode(&Judge { urls: vec![url] });
        let reply = self.0.fetches.call(JUDGE, judge, request.deadline).await;
        match reply.and_then(ToolOutcome::from_message) {
            Some(ToolOutcome::Answered { .. }) => encode(&Judged::Allowed),
            Some(ToolOutcome::Rejected { .. }) => encode(&Judged::Refused),
            Some(ToolOutcome::Upstream { .. } | ToolOutcome::Failed) | None => Message::default(),
        }
    }
}

#[async_trait]
impl Handler for Key {
    async fn handle(&self, request: Request) -> Message {
        let reply = self.desk.fetches.call(SEALING_KEY, request.message, request.deadline).await;
        match reply.as_ref().and_then(decode::<String>) {
            Some(key) => encode(&SealingKeyOf { worker: self.worker.clone(), key }),
            None => Message::default(),
        }
    }
}
