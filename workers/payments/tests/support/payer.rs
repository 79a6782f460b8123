//! Somebody who pays, and what they ask for.

use aipaygen_bus::commands::{self, Authorize, End, EndHow, IdempotencyHashes};
use aipaygen_events::account::{Pricing, RefundReason, Tokens};
use aipaygen_events::{AccountId, KeyId, MicroUsd, RequestId};
use uuid::Uuid;

/// An account with one key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payer {
    pub(crate) account: AccountId,
    pub(crate) key: KeyId,
}

pub(crate) fn cents(cents: u64) -> MicroUsd {
    MicroUsd::new(cents * 10_000).unwrap()
}

impl Payer {
    /// A new request of two cents.
    pub(crate) fn request(&self) -> Authorize {
        Authorize {
            request: RequestId::from_uuid(Uuid::now_v7()),
            payer: commands::Payer::Prepaid { account: self.account, key: self.key },
            endpoint: "POST /code/run".to_owned(),
            amount: cents(2),
            pricing: Pricing::Flat,
            timeout_ms: 30_000,
            idempotency: None,
        }
    }

    /// The same, of a price that is found afterwards and is at most this.
    pub(crate) fn metered(&self, hold: MicroUsd) -> Authorize {
        Authorize { amount: hold, pricing: Pricing::Metered, ..self.request() }
    }

    /// A new request under an idempotency key, with this body.
    pub(crate) fn keyed(&self, key: &str, body: &str) -> Authorize {
        let idempotency = Some(IdempotencyHashes { key: key.to_owned(), request: body.to_owned() });
        Authorize { idempotency, ..self.request() }
    }
}

/// The request was answered; `None` for all that was charged.
pub(crate) fn completed(charge: &Authorize, price: Option<MicroUsd>) -> End {
    let how = EndHow::Complete { price, tokens: Tokens::default(), duration_ms: 12 };
    End { request: charge.request, purse: charge.payer.purse(), status: 200, how }
}

/// The tool failed.
pub(crate) fn failed(charge: &Authorize) -> End {
    let how = EndHow::Refund { reason: RefundReason::ToolFailed };
    End { request: charge.request, purse: charge.payer.purse(), status: 502, how }
}
