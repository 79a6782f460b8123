//! Errands with a secret: calls of third parties' APIs and deliveries to webhooks. Secrets come sealed to a key that
//! this process makes when it starts and that never leaves it; what is opened here goes to the place that it names and
//! nowhere else.

mod call;
mod deliver;

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use aipaygen_apart::Subjects;
use aipaygen_bus::commands::{decode, encode};
use aipaygen_bus::outbound::{CallApi, Deliver, Delivered};
use aipaygen_bus::{Handler, Message, Request};
use aipaygen_events::Timestamp;
use aipaygen_sealed::{Opener, Sealed, Secret};
use async_trait::async_trait;

use crate::outbound::Outbound;

/// The subjects of this half: what is sealed with, and what is done with what was sealed.
pub(crate) const SEALING_KEY: &str = "sealing_key";
pub(crate) const CALL_API: &str = "call_api";
pub(crate) const DELIVER: &str = "deliver";

/// Does errands.
struct Errands {
    outbound: Arc<Outbound>,
    opener: Opener,
}

/// Adds the subjects of errands, with a new key.
pub(super) fn add(subjects: &mut Subjects, outbound: Arc<Outbound>) {
    let errands = Arc::new(Errands { outbound, opener: Opener::generate() });
    subjects.insert(SEALING_KEY, Arc::new(Key(Arc::clone(&errands))));
    subjects.insert(CALL_API, Arc::new(Calls(Arc::clone(&errands))));
    subjects.insert(DELIVER, Arc::new(Deliveries(errands)));
}

/// Says what is sealed with.
struct Key(Arc<Errands>);

/// Calls APIs.
struct Calls(Arc<Errands>);

/// Delivers to webhooks.
struct Deliveries(Arc<Errands>);

#[async_trait]
impl Handler for Key {
    async fn handle(&self, _: Request) -> Message {
        encode(self.0.opener.public_key())
    }
}

#[async_trait]
impl Handler for Calls {
    async fn handle(&self, request: Request) -> Message {
        match decode::<CallApi>(&request.message) {
            Some(command) => encode(&self.0.call(command).await),
            None => Message::default(),
        }
    }
}

#[async_trait]
impl Handler for Deliveries {
    async fn handle(&self, request: Request) -> Message {
        let since = Instant::now();
        let Some(command) = decode::<Deliver>(&request.message) else { return Message::default() };
        let delivered = self.0.deliver(&command).await;
        if delivered == Delivered::Refused {
            self.0.outbound.pace(since).await;
        }
        encode(&delivered)
    }
}

impl Errands {
    /// What was sealed for this process, this errand and this moment.
    fn open(&self, sealed: &str, bound_to: &str) -> Option<Secret> {
        let sealed: Sealed = serde_json::from_str(sealed).ok()?;
        let opened = self.opener.open(&sealed, bound_to, now());
        opened.inspect_err(|error| tracing::warn!(%error, "a secret of an errand is not opened")).ok()
    }
}

fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
}
