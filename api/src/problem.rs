//! What is said to a caller whose request is not answered with a 2xx: problem details (RFC 9457), of a closed set
//! of types, never quoting a byte of the request.

mod about;
mod body;
mod kind;
mod open_ai;

use std::fmt;

use actix_web::ResponseError;
use actix_web::http::StatusCode;
use aipaygen_events::credit::VoucherCode;
use aipaygen_events::{CreditId, MicroUsd, RequestId};

pub(crate) use about::all;
pub(crate) use body::{CONTENT_TYPES, answer, said};
pub(crate) use kind::Kind;

/// A refusal or a failure, and what it means for the caller's money.
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    pub(crate) money: Money,
}

/// What a request that was not answered has cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Money {
    /// Nothing was charged, or it was given back because the refusal is the caller's.
    NotCharged,
    /// It was charged, and this credit makes it good: on the balance, or as a voucher, whose code is shown now.
    Refunded { charged: MicroUsd, credit: CreditId, voucher: Option<Box<VoucherCode>> },
    /// It was charged; the refund is on its way and can be followed.
    RefundPending { charged: MicroUsd, request: RequestId },
}

impl Problem {
    /// The same problem, after a charge.
    pub(crate) fn with_money(self, money: Money) -> Self {
        Self { money, ..self }
    }

    /// What an answer of the framework or of a broken handler becomes.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        Kind::of_status(status).into()
    }
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Self { kind, money: Money::NotCharged }
    }
}

/// The slug only: a problem may carry words of a worker.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.about().slug)
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({self})")
    }
}

/// How a handler hands it to the edge, which knows the request id and writes the answer.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }
}
