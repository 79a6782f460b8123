//! What is remembered of one request and its answer while it lasts: never a byte of what was said.

use std::cell::{Cell, RefCell};
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Instant;

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::HeaderValue;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use aipaygen_events::{KeyId, MicroUsd, RequestId};
use uuid::Uuid;

use crate::face::Face;
use crate::limits::Standing;
use crate::observe;
use crate::paid::{PAYMENT_HEADERS, VOUCHER_HEADER};
use crate::problem::{Kind, Problem};

/// What proves something of a caller besides a payment, which is worth money on its way too.
const CREDENTIALS: [&str; 3] = ["authorization", "x-api-key", VOUCHER_HEADER];
/// How long an id of the caller's own may be.
const CLIENT_ID_BYTES_MAX: usize = 128;

/// One request and its answer. Cheap to clone; all clones are the same exchange.
#[derive(Clone)]
pub(crate) struct Exchange(Rc<Inner>);

struct Inner {
    request: RequestId,
    client_request_id: Option<HeaderValue>,
    face: Face,
    started: Instant,
    credentials_shown: bool,
    key: Cell<Option<KeyId>>,
    price: Cell<Option<MicroUsd>>,
    client: Cell<Option<IpAddr>>,
    standings: RefCell<Vec<Standing>>,
    finished: Cell<bool>,
}

impl Exchange {
    /// The exchange that this request begins, with an id of ours.
    pub(crate) fn begin(request: &ServiceRequest) -> Self {
        let headers = request.headers();
        let id_of_caller = headers.get("x-client-request-id").or_else(|| headers.get("x-request-id"));
        Self(Rc::new(Inner {
            request: RequestId::from_uuid(Uuid::now_v7()),
            client_request_id: id_of_caller.filter(|id| is_short_and_printable(id)).cloned(),
            face: Face::of_path(request.path()),
            started: Instant::now(),
            credentials_shown: CREDENTIALS.iter().chain(&PAYMENT_HEADERS).any(|name| headers.contains_key(*name)),
            key: Cell::default(),
            price: Cell::default(),
            client: Cell::default(),
            standings: RefCell::default(),
            finished: Cell::default(),
        }))
    }

    pub(crate) fn request(&self) -> RequestId {
        self.0.request
    }

    pub(crate) fn client_request_id(&self) -> Option<&HeaderValue> {
        self.0.client_request_id.as_ref()
    }

    /// How the caller is spoken to.
    pub(crate) fn face(&self) -> Face {
        self.0.face
    }

    pub(crate) fn credentials_shown(&self) -> bool {
        self.0.credentials_shown
    }

    /// Who asks, for the rate limits and for nothing else.
    pub(crate) fn set_client(&self, client: IpAddr) {
        self.0.client.set(Some(client));
    }

    pub(crate) fn client(&self) -> IpAddr {
        self.0.client.get().unwrap_or(IpAddr::from([0; 16]))
    }

    pub(crate) fn set_key(&self, key: KeyId) {
        self.0.key.set(Some(key));
    }

    pub(crate) fn set_price(&self, price: MicroUsd) {
        self.0.price.set(Some(price));
    }

    /// Remembers how the caller stands with a limit, to be told.
    pub(crate) fn stand(&self, standing: Standing) {
        self.0.standings.borrow_mut().push(standing);
    }

    pub(crate) fn standings(&self) -> Vec<Standing> {
        self.0.standings.borrow().clone()
    }

    /// Writes the one line that a request leaves in the log.
    pub(crate) fn finish(&self, endpoint: &str, status: u16) {
        if !self.0.finished.replace(true) {
            self.0.observe(endpoint, status);
        }
    }
}

impl Inner {
    fn observe(&self, endpoint: &str, status: u16) {
        let (key, price) = (self.key.get(), self.price.get());
        observe::answered(&observe::Answered {
            request: self.request,
            endpoint,
            status,
            took: self.started.elapsed(),
            key,
            price,
        });
    }
}

/// The caller went away before there was an answer.
impl Drop for Inner {
    fn drop(&mut self) {
        if !self.finished.get() {
            self.observe(observe::NO_ENDPOINT, observe::CALLER_GONE);
        }
    }
}

impl FromRequest for Exchange {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // The edge has put it there.
        ready(request.extensions().get::<Self>().cloned().ok_or_else(|| Kind::Internal.into()))
    }
}

fn is_short_and_printable(id: &HeaderValue) -> bool {
    (1..=CLIENT_ID_BYTES_MAX).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
}
