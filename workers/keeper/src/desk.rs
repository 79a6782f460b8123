//! The commands of the bus and their answers, one `impl` a subject.

mod apis;
mod webhooks;

use std::marker::PhantomData;
use std::sync::Arc;

use aipaygen_bus::commands::{Command, decode, encode};
use aipaygen_bus::vault::{
    AddWebhook, DeleteCredential, LendCredential, LendTarget, ListApis, ListWebhooks, PutApi, RemoveApi,
    RemoveWebhook, RotateWebhook, SetCredential,
};
use aipaygen_bus::{BusError, Handler, Message, Request, ServeOptions, Serving};
use aipaygen_events::Timestamp;
use aipaygen_vault::VaultError;
use async_trait::async_trait;

use crate::worker::Deps;

/// How many commands of each subject are worked on at once; the next is answered "busy".
const COMMANDS_IN_FLIGHT_MAX: usize = 256;

/// Where the commands are answered.
pub(crate) struct Desk {
    deps: Arc<Deps>,
}

impl Desk {
    pub(crate) const fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }

    fn now(&self) -> Timestamp {
        (self.deps.clock)()
    }
}

/// Answers one command.
#[async_trait]
trait Answer<C: Command>: Send + Sync + 'static {
    async fn answer(&self, command: C) -> C::Reply;
}

/// Serves all subjects at a desk.
pub(crate) async fn serve_all(desk: &Arc<Desk>) -> Result<Vec<Serving>, BusError> {
    Ok(vec![
        serve::<ListApis>(desk).await?,
        serve::<PutApi>(desk).await?,
        serve::<RemoveApi>(desk).await?,
        serve::<SetCredential>(desk).await?,
        serve::<DeleteCredential>(desk).await?,
        serve::<LendCredential>(desk).await?,
        serve::<AddWebhook>(desk).await?,
        serve::<ListWebhooks>(desk).await?,
        serve::<RemoveWebhook>(desk).await?,
        serve::<RotateWebhook>(desk).await?,
        serve::<LendTarget>(desk).await?,
    ])
}

async fn serve<C: Command + 'static>(desk: &Arc<Desk>) -> Result<Serving, BusError>
where
    Desk: Answer<C>,
{
    let options = ServeOptions { subject: C::SUBJECT.to_owned(), concurrency: COMMANDS_IN_FLIGHT_MAX };
    let subject = Subject::<C> { desk: Arc::clone(desk), command: PhantomData };
    desk.deps.bus.serve(options, Arc::new(subject)).await
}

/// Serves the subject of one command.
struct Subject<C> {
    desk: Arc<Desk>,
    command: PhantomData<fn(C)>,
}

#[async_trait]
impl<C: Command + 'static> Handler for Subject<C>
where
    Desk: Answer<C>,
{
    async fn handle(&self, request: Request) -> Message {
        match decode::<C>(&request.message) {
            Some(command) => encode(&self.desk.answer(command).await),
            // An empty message is no reply, so that the requester is told that the handler failed.
            None => {
                tracing::error!(subject = C::SUBJECT, "a command cannot be read");
                Message::default()
            }
        }
    }
}

/// Says once what the requester is only told as "unavailable".
fn failed(what: &'static str, error: &VaultError) {
    tracing::error!(%error, what, "the vault failed");
}
