//! The closed set of problems: each one with its type, its headers and its own members in one exhaustive match.

use actix_web::http::StatusCode;
use aipaygen_catalog::Violation;
use aipaygen_events::credit::VoucherCode;
use aipaygen_events::{CreditId, RequestId};
use serde_json::{Map, Value};

use super::about::{self, About};
use crate::paid::{Demand, Missing, Settlement};

/// What is wrong.
pub(crate) enum Kind {
    /// No such route.
    NotFound,
    /// The route has other methods: these.
    MethodNotAllowed { allow: String },
    /// A request that the HTTP layer or an extractor does not take.
    BadRequest,
    /// Plain HTTP through the edge.
    HttpsRequired,
    /// The same, where a redirect gives nothing away.
    MovedToHttps { location: String },
    /// The target of the request is too long.
    UriTooLong,
    /// The header fields are too large.
    HeadTooLarge { bytes_max: usize },
    /// Too many requests of this address or key.
    RateLimited { retry_after_s: u64 },
    /// No valid API key.
    Unauthenticated { shown: bool },
    /// A payment is asked for.
    Payment(Box<Demand>),
    /// The payment stands for another request.
    PaymentUsed { request: RequestId },
    /// Whether the payment has settled is not known yet.
    PaymentPending { retry_after_s: u32, settlement: Option<Settlement> },
    /// The request that the payment paid has failed: the money is on this credit, and its code is shown if it can be.
    PaymentRefunded { request: RequestId, credit: CreditId, voucher: Option<Box<VoucherCode>> },
    /// A header that cannot be.
    InvalidHeader { name: &'static str, rule: &'static str },
    /// A query parameter that cannot be.
    InvalidQuery { name: &'static str, rule: &'static str },
    /// A body in an encoding that is not taken.
    UnsupportedEncoding,
    /// The body is too large.
    BodyTooLarge { bytes_max: usize },
    /// The body did not arrive in time.
    BodyTimeout,
    /// The body did not arrive whole.
    BodyBroken,
    /// The body is not JSON.
    NotJson { line: usize, column: usize },
    /// The body is JSON of another shape.
    InvalidBody { violations: Vec<Violation> },
    /// A worker refuses the input, in its own words.
    Rejected { status: u16, code: String, members: Box<Map<String, Value>> },
    /// Somebody whom a worker depends on failed, in the worker's words.
    Upstream { status: u16, code: String, members: Box<Map<String, Value>> },
    /// The idempotency key is at work.
    IdempotencyInFlight { request: RequestId },
    /// The idempotency key stands for another request.
    IdempotencyOtherRequest { request: RequestId },
    /// The idempotency key is spent.
    IdempotencySpent { request: RequestId, receipt: String },
    /// Not now: too much to do.
    Overloaded { retry_after_s: u32 },
    /// Not now: a part of us cannot be reached.
    Unavailable { retry_after_s: u32 },
    /// The worker failed.
    ToolFailed,
    /// The worker did not answer in time.
    ToolTimeout,
    /// We failed.
    Internal,
}

impl Kind {
    /// The type of the problem.
    pub(crate) fn about(&self) -> &'static About {
        match self {
            Self::NotFound => &about::NOT_FOUND,
            Self::MethodNotAllowed { .. } => &about::METHOD_NOT_ALLOWED,
            Self::BadRequest => &about::BAD_REQUEST,
            Self::HttpsRequired => &about::HTTPS_REQUIRED,
            Self::MovedToHttps { .. } => &about::MOVED_TO_HTTPS,
            Self::UriTooLong => &about::URI_TOO_LONG,
            Self::HeadTooLarge { .. } => &about::HEAD_TOO_LARGE,
            Self::RateLimited { .. } => &about::RATE_LIMITED,
            Self::Unauthenticated { .. } => &about::INVALID_API_KEY,
            Self::Payment(demand) => match demand.missing {
                Missing::Payment | Missing::X402NotTaken => &about::PAYMENT_REQUIRED,
                Missing::SeveralPayments | Missing::Refused(_) | Missing::Public => &about::PAYMENT_REFUSED,
                Missing::Failed { .. } => &about::PAYMENT_FAILED,
                Missing::Voucher | Missing::VoucherExpired => &about::VOUCHER_REFUSED,
                Missing::Funds { .. } | Missing::VoucherFunds { .. } | Missing::Hold { .. } => {
                    &about::INSUFFICIENT_FUNDS
                }
            },
            Self::PaymentUsed { .. } => &about::PAYMENT_USED,
            Self::PaymentPending { .. } => &about::PAYMENT_PENDING,
            Self::PaymentRefunded { .. } => &about::PAYMENT_REFUNDED,
            Self::InvalidHeader { .. } => &about::INVALID_HEADER,
            Self::InvalidQuery { .. } => &about::INVALID_QUERY,
            Self::UnsupportedEncoding => &about::UNSUPPORTED_ENCODING,
            Self::BodyTooLarge { .. } => &about::BODY_TOO_LARGE,
            Self::BodyTimeout => &about::BODY_TIMEOUT,
            Self::BodyBroken => &about::BODY_BROKEN,
            Self::NotJson { .. } => &about::NOT_JSON,
            Self::InvalidBody { .. } => &about::INVALID_BODY,
            Self::Rejected { status: 501, .. } => &about::NOT_CONFIGURED,
            Self::Rejected { .. } => &about::REJECTED,
            Self::Upstream { .. } => &about::UPSTREAM,
            Self::IdempotencyInFlight { .. } => &about::IDEMPOTENCY_IN_FLIGHT,
            Self::IdempotencyOtherRequest { .. } => &about::IDEMPOTENCY_OTHER_REQUEST,
            Self::IdempotencySpent { .. } => &about::IDEMPOTENCY_SPENT,
            Self::Overloaded { .. } => &about::OVERLOADED,
            Self::Unavailable { .. } => &about::UNAVAILABLE,
            Self::ToolFailed => &about::TOOL_FAILED,
            Self::ToolTimeout => &about::TOOL_TIMEOUT,
            Self::Internal => &about::INTERNAL,
        }
    }

    /// The last part of its `type`. A worker's own word for a refusal takes the place of ours.
    pub(crate) fn slug(&self) -> &str {
        if let Self::Rejected { code, .. } | Self::Upstream { code, .. } = self
            && is_slug(code)
        {
            return code;
        }
        self.about().slug
    }

    /// Its HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        let chosen = if let Self::Rejected { status, .. } | Self::Upstream { status, .. } = self {
            Some(*status)
        } else {
            None
        };
        let status = chosen.unwrap_or(self.about().status);
        StatusCode::from_u16(status).expect("from 300 to 599")
    }

    /// What stands for a status that somebody else has chosen.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed { allow: String::new() },
            400..500 => Self::BadRequest,
            _ => Self::Internal,
        }
    }
}

fn is_slug(code: &str) -> bool {
    (1..=64).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
