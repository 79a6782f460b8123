//! A fetch worker whose network is a test: it opens what was sealed for it as a real one does, remembers what it was to
//! bring, and says how that went.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use aipaygen_bus::commands::{Command, decode, encode};
use aipaygen_bus::outbound::{Deliver, Delivered, SealingKey, SealingKeyOf};
use aipaygen_bus::{Handler, Message, Request, ServeOptions, SharedBus};
use aipaygen_events::Timestamp;
use aipaygen_sealed::{OpenError, Opener, Sealed, Secret};
use async_trait::async_trait;
use serde_json::Value;

const WORKER: &str = "w1";

/// One delivery as it came.
#[derive(Clone, Debug)]
pub(crate) struct Met {
    pub(crate) message: String,
    pub(crate) timestamp_s: i64,
    pub(crate) text: String,
    pub(crate) url: String,
    pub(crate) secrets: Vec<String>,
}

impl Met {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

/// What is met, and what is said.
pub(crate) struct Endpoint {
    opener: Opener,
    clock: Arc<AtomicI64>,
    says: Mutex<Delivered>,
    met: Mutex<Vec<Met>>,
}

impl Endpoint {
    pub(crate) async fn serve(bus: &SharedBus, clock: Arc<AtomicI64>) -> Arc<Self> {
        let endpoint = Arc::new(Self {
            opener: Opener::generate(),
            clock,
            says: Mutex::new(Delivered::Accepted),
            met: Mutex::default(),
        });
        for subject in [SealingKey::SUBJECT.to_owned(), Deliver::subject(WORKER)] {
            let options = ServeOptions { subject: subject.clone(), concurrency: 16 };
            bus.serve(options, Arc::new(At(subject, endpoint.clone()))).await.unwrap();
        }
        endpoint
    }

    /// From now on.
    pub(crate) fn say(&self, says: Delivered) {
        *self.says.lock().unwrap() = says;
    }

    pub(crate) fn met(&self) -> Vec<Met> {
        self.met.lock().unwrap().clone()
    }

    pub(crate) fn open(&self, sealed: &str, bound_to: &str) -> Result<Secret, OpenError> {
        let sealed: Sealed = serde_json::from_str(sealed).unwrap();
        self.opener.open(&sealed, bound_to, Timestamp::from_micros(self.clock.load(Ordering::Relaxed)))
    }

    fn deliver(&self, command: Deliver) -> Delivered {
        let Ok(Secret::Target(target)) = self.open(&command.target, &command.message) else {
            return Delivered::Unreachable;
        };
        self.met.lock().unwrap().push(Met {
            message: command.message,
            timestamp_s: command.timestamp_s,
            text: command.body,
            url: target.url.expose().to_owned(),
            secrets: target.secrets.iter().map(|secret| secret.expose().to_owned()).collect(),
        });
        *self.says.lock().unwrap()
    }
}

struct At(String, Arc<Endpoint>);

#[async_trait]
impl Handler for At {
    async fn handle(&self, request: Request) -> Message {
        if self.0 == SealingKey::SUBJECT {
            let key = self.1.opener.public_key().clone().into();
            return encode(&SealingKeyOf { worker: WORKER.to_owned(), key });
        }
        encode(&self.1.deliver(decode(&request.message).unwrap()))
    }
}
