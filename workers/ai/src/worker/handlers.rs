//! Answers the three subjects: who would answer a call and what it may use at most; the call; who can answer at all.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_bus::commands::encode;
use aipaygen_bus::models::AvailableModelList;
use aipaygen_bus::tool::{ToolOutcome, ToolRequest};
use aipaygen_bus::{Handler, Message, Request};
use aipaygen_catalog::{Catalog, Form};
use async_trait::async_trait;
use serde_json::Value;

use crate::engine::Watch;
use crate::forms::{Call, Refusal, completions, embeddings, tool};
use crate::routes::Routes;

/// How long before the caller's deadline a call is given up, so that the answer that says so is in time.
const MARGIN: Duration = Duration::from_millis(250);

/// What every subject is answered with.
pub(super) struct Desk {
    pub(super) catalog: Arc<Catalog>,
    pub(super) routes: Routes,
}

/// Answers what a call may use at most.
pub(super) struct Check(pub(super) Arc<Desk>);

/// Answers a call.
pub(super) struct Run(pub(super) Arc<Desk>);

/// Answers which models can be asked.
pub(super) struct List(pub(super) Arc<Desk>);

impl Desk {
    /// The call in a request; `None` if it is none of ours.
    fn call(&self, request: Request) -> Option<Call<'_>> {
        let watch = Watch {
            deadline: request.deadline.checked_sub(MARGIN).unwrap_or(request.deadline),
            cancelled: request.cancelled,
        };
        let call = ToolRequest::from_message(request.message)?;
        let tool = self.catalog.get(&call.tool)?;
        let input = match serde_json::from_slice(&call.body) {
            Ok(Value::Object(members)) => members,
            Ok(_) | Err(_) => return None,
        };
        let how = tool.model.as_ref()?;
        Some(Call { request: call.request, tool: &tool.name, how, input, watch, pieces: request.parts })
    }
}

#[async_trait]
impl Handler for Check {
    async fn handle(&self, request: Request) -> Message {
        let Some(call) = self.0.call(request) else { return ToolOutcome::Failed.into_message() };
        let quoted = match call.how.form {
            Form::Tool => tool::quote(&self.0.routes, &call),
            Form::Completions => completions::quote(&self.0.routes, &call),
            Form::Embeddings => embeddings::quote(&self.0.routes, &call),
        };
        quoted.unwrap_or_else(Refusal::into_outcome).into_message()
    }
}

#[async_trait]
impl Handler for Run {
    async fn handle(&self, request: Request) -> Message {
        let Some(call) = self.0.call(request) else { return ToolOutcome::Failed.into_message() };
        let answered = match call.how.form {
            Form::Tool => tool::answer(&self.0.routes, &call).await,
            Form::Completions => completions::answer(&self.0.routes, &call).await,
            Form::Embeddings => embeddings::answer(&self.0.routes, &call).await,
        };
        answered.unwrap_or_else(Refusal::into_outcome).into_message()
    }
}

#[async_trait]
impl Handler for List {
    async fn handle(&self, _: Request) -> Message {
        encode(&AvailableModelList { aliases: self.0.routes.aliases() })
    }
}
