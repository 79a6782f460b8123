//! The commands of the bus and their answers, one `impl` a subject.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_bus::commands::{
    Authorization, Authorize, Command, End, Ended, IssueKey, KEY_REVOKED, KeyIssuance, KeyRevocation,
    KeyRevokedNotice, ReceiptKeySet, ReceiptKeys, RevokeKey, ToppedUp, Topup, decode, encode,
};
use aipaygen_bus::{Done, Handler, Message, Request, SharedBus, Work};
use aipaygen_events::KeyId;
use aipaygen_events::account::Rejection;
use async_trait::async_trait;

use crate::end::Asker;
use crate::error::CommandError;
use crate::payments::Payments;

/// Where the commands of the bus are answered.
pub(super) struct Desk {
    pub(super) payments: Arc<Payments>,
    pub(super) bus: SharedBus,
}

/// Answers one command.
#[async_trait]
pub(super) trait Answer<C: Command>: Send + Sync + 'static {
    async fn answer(&self, command: C, deadline: Instant) -> C::Reply;
}

#[async_trait]
impl Answer<Authorize> for Desk {
    async fn answer(&self, command: Authorize, deadline: Instant) -> Authorization {
        self.payments.authorize(&command, deadline).await
    }
}

#[async_trait]
impl Answer<End> for Desk {
    async fn answer(&self, command: End, deadline: Instant) -> Ended {
        self.payments.end(&command, deadline).await
    }
}

#[async_trait]
impl Answer<Topup> for Desk {
    async fn answer(&self, command: Topup, deadline: Instant) -> ToppedUp {
        self.payments.topup(&command, deadline).await
    }
}

#[async_trait]
impl Answer<IssueKey> for Desk {
    async fn answer(&self, command: IssueKey, _: Instant) -> KeyIssuance {
        match self.payments.issue_key(command.account, command.label, command.expires_at).await {
            Ok(key) => KeyIssuance::Issued { key: key.id(), api_key: key.expose().to_owned() },
            Err(CommandError::Rejected(Rejection::NotOpen)) => KeyIssuance::NoAccount,
            Err(_) => KeyIssuance::Unavailable,
        }
    }
}

#[async_trait]
impl Answer<RevokeKey> for Desk {
    async fn answer(&self, command: RevokeKey, _: Instant) -> KeyRevocation {
        match self.payments.revoke_key(command.account, command.key).await {
            Ok(()) => self.tell_everybody(command.key).await,
            Err(CommandError::Rejected(_)) => KeyRevocation::UnknownKey,
            Err(CommandError::ReferenceUsed | CommandError::Overloaded | CommandError::Unavailable) => {
                KeyRevocation::Unavailable
            }
        }
    }
}

#[async_trait]
impl Answer<ReceiptKeys> for Desk {
    async fn answer(&self, _: ReceiptKeys, _: Instant) -> ReceiptKeySet {
        ReceiptKeySet { jwks: self.payments.receipt_keys().to_owned() }
    }
}

impl Desk {
    /// The key charges nothing any more; this is for those who remember that it did. If they cannot be told, the
    /// caller is not told either, and asks again.
    async fn tell_everybody(&self, key: KeyId) -> KeyRevocation {
        match self.bus.broadcast(KEY_REVOKED, encode(&KeyRevokedNotice { key })).await {
            Ok(()) => KeyRevocation::Revoked,
            Err(error) => {
                tracing::error!(%error, %key, "a revocation was recorded but not announced");
                KeyRevocation::Unavailable
            }
        }
    }
}

/// Serves the subject of one command at a desk.
pub(super) struct Subject<C> {
    desk: Arc<Desk>,
    command: PhantomData<fn(C)>,
}

impl<C> Subject<C> {
    pub(super) const fn new(desk: Arc<Desk>) -> Self {
        Self { desk, command: PhantomData }
    }
}

#[async_trait]
impl<C: Command + 'static> Handler for Subject<C>
where
    Desk: Answer<C>,
{
    async fn handle(&self, request: Request) -> Message {
        match decode::<C>(&request.message) {
            Some(command) => encode(&self.desk.answer(command, request.deadline).await),
            // An empty message is no reply, so that the requester is told that the handler failed.
            None => {
                tracing::error!(subject = C::SUBJECT, "a command cannot be read");
                Message::default()
            }
        }
    }
}

/// How long the end of a charge may wait for a charge whose commit it can share: its caller has been answered.
const COMPANY: Asker = Asker::Nobody { may_wait: Duration::from_millis(5) };

/// Works on the queue of ends at a desk.
pub(super) struct Ends(pub(super) Arc<Desk>);

#[async_trait]
impl Work for Ends {
    async fn perform(&self, message: Message) -> Done {
        let Some(command) = decode::<End>(&message) else {
            tracing::error!("an end on the queue cannot be read: the reaper will give its charge back");
            return Done::Acknowledge;
        };
        let payments = &self.0.payments;
        match payments.settle(&command, payments.deadline(), COMPANY).await {
            Ok(Some(_)) => Done::Acknowledge,
            Ok(None) => {
                tracing::error!(request = %command.request, "an end on the queue is of no charge");
                Done::Acknowledge
            }
            Err(_) => Done::Retry,
        }
    }
}
